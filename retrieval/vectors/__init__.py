"""Indexes that find the nearest vectors."""
