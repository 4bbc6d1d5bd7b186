"""The answers service: evidence, the answer ladder and the generator."""
