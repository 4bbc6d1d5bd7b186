"""What the figures in README and docs come from; each runs by itself and prints its machine."""
