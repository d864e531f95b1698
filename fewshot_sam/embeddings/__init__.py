"""Encoding slices, and keeping their embeddings."""
