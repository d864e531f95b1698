"""The painted slices alone, without the encoder: what can be shown before any slice is encoded."""
