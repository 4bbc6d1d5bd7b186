"""How well the dialogue core understands, and how fast, each beside a peer in the same run."""
