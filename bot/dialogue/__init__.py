"""The dialogue worker: Rasa's Agent inside a small aiohttp app."""
