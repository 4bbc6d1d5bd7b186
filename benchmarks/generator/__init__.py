"""The generator: how it was trained, and what it is worth."""
