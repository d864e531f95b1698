"""The paper's method: SAM's mask decoder, prompted with few-shot embeddings."""
