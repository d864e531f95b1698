"""From scores of slices to one consistent volume."""
