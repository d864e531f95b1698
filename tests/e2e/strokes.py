"""Turns reference masks into what a user would draw: closed contours in slice coordinates."""

from __future__ import annotations

import numpy as np
from skimage.measure import approximate_polygon, find_contours

Contour = list[tuple[float, float]]
"""Points (i, j) along the axes of a canonical 2D slice, in voxels; voxel centres lie on whole numbers."""


def contours(mask: np.ndarray, tolerance: float = 0.2) -> list[Contour]:
    """Outer contours of a canonical 2D mask, the longest first; holes are left out.

    ``tolerance``: how far in voxels the line may run from the exact one; fewer points draw faster.
    """
    lines = find_contours(np.pad(mask.astype(np.float32), 1), 0.5)
    outer = sorted((line for line in lines if signed_area(line) < 0), key=len, reverse=True)
    return [[(float(i) - 1, float(j) - 1) for i, j in approximate_polygon(line, tolerance)] for line in outer]


def signed_area(line: np.ndarray) -> float:
    """Shoelace area of a closed (N, 2) line; the sign tells holes (positive) from outer lines."""
    i, j = line[:, 0], line[:, 1]
    return 0.5 * float(np.dot(i[:-1], j[1:]) - np.dot(j[:-1], i[1:]))


def inner_slices(mask: np.ndarray, budget: int) -> list[int]:
    """The axial slices to paint of a canonical (X, Y, Z) mask: evenly inside its extent, not at the ends."""
    held = np.flatnonzero(mask.any(axis=(0, 1)))
    return [round(float(point)) for point in np.linspace(held[0], held[-1], budget + 2)[1:-1]]


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Dice of two boolean arrays; 1 if both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 1.0 if total == 0 else 2 * int((a & b).sum()) / total
