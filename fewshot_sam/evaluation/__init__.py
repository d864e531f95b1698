"""How good a mask is, measured or estimated."""
