"""The generators: our own small model, models of others in process, and servers."""
