"""The default method: a small head on the embeddings of all three planes."""
