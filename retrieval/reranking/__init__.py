"""What the reranker reads, how its network is built, and its weights."""
