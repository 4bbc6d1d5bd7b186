"""The public door: verifies, orders, stores and streams. Imports no Rasa."""
