"""The support scorer: a small network of our own that tells whether a text states a sentence."""
