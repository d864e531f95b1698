"""Turns reference masks into what a hand would draw: closed contours in slice coordinates."""

from __future__ import annotations

import numpy as np
from skimage.measure import approximate_polygon, find_contours

Contour = list[tuple[float, float]]
"""Points (column, row) in slice pixels, display orientation; the centre of pixel (0, 0) is (0.5, 0.5)."""


def contours(mask: np.ndarray, tolerance: float = 0.2) -> list[Contour]:
    """Outer contours of a display-orientation (rows, columns) mask, the longest first.

    ``tolerance``: how far in pixels the line may run from the exact one; fewer points draw faster.
    Holes are left out: their contours run the other way round.
    """
    padded = np.pad(mask.astype(np.float32), 1)
    found = [line for line in find_contours(padded, 0.5) if signed_area(line) < 0]
    found.sort(key=len, reverse=True)
    return [
        [(float(column) - 0.5, float(row) - 0.5) for row, column in approximate_polygon(line, tolerance)]
        for line in found
    ]


def signed_area(line: np.ndarray) -> float:
    """Shoelace area of a closed (N, 2) row-column line; the sign tells outer lines from holes."""
    rows, columns = line[:, 0], line[:, 1]
    return 0.5 * float(np.dot(rows[:-1], columns[1:]) - np.dot(columns[:-1], rows[1:]))


def protocol_slices(extent: np.ndarray, budget: int) -> list[int]:
    """The benchmark protocol's slices to paint: inner points for fewer than 5, else both ends too.

    Args:
        extent: indices of the slices that hold a label, ascending.
        budget: how many to choose.
    """
    first, last = int(extent[0]), int(extent[-1])
    points = np.linspace(first, last, budget + 2)[1:-1] if budget < 5 else np.linspace(first, last, budget)
    return [round(float(point)) for point in points]


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Dice of two boolean arrays; 1 if both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 1.0 if total == 0 else 2 * int((a & b).sum()) / total
