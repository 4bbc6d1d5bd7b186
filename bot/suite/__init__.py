"""Suites of conversations that check the replies a customer reads. Speaks HTTP with a gateway and nothing else."""
