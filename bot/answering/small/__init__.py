"""The small generator: its network, what it reads and how it writes. Nothing here needs torch."""
