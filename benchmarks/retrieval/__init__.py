"""What docs/retrieval.md shows: each figure beside its peer, from one run."""
