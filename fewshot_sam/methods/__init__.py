"""What learns from painted slices."""
