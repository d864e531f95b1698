"""The size of a grid at half resolution."""

from __future__ import annotations


def half_shape(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Voxels along each axis at half resolution; of an odd length the last one stands for one alone."""
    i, j, k = ((length + 1) // 2 for length in shape)
    return i, j, k
