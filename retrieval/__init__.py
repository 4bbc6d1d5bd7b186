"""Search over solved tickets: store, index and retriever. Imports nothing else of this project."""
