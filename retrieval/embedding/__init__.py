"""Models that turn texts into vectors, and how they run."""
