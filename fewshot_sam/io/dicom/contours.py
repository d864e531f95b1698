"""Between a slice's mask and closed polygons around it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from skimage.draw import polygon2mask
from skimage.measure import find_contours

_HALF = 0.5
_ON_PIXELS = 1e-6
"""Rasters must not hang on round-off where a contour runs through pixels' centres."""


def contours_of(mask: np.ndarray) -> list[np.ndarray]:
    """The outlines of a mask, halfway between the pixels inside and those outside; of holes too.

    Pixels whose centre is within an odd number of them are those of the mask.

    Args:
        mask: (rows, columns) bool.

    Returns:
        Polygons of (N, 2) float64 row and column, in pixels; the last point is not the first again.
    """
    framed = np.pad(mask, 1).astype(np.float32)
    return [_without_straight(contour[:-1] - 1) for contour in find_contours(framed, _HALF)]


def mask_of(contours: Iterable[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """The pixels whose centre is within an odd number of polygons.

    Args:
        contours: (N, 2) float64 row and column each, in pixels; may reach beyond the shape.
        shape: rows and columns.

    Returns:
        (rows, columns) bool.
    """
    mask = np.zeros(shape, bool)
    for contour in contours:
        first = np.clip(np.floor(contour.min(axis=0)), 0, shape).astype(int)
        last = np.clip(np.ceil(contour.max(axis=0)) + 1, 0, shape).astype(int)
        if (last > first).all():
            within = polygon2mask(tuple(last - first), contour - first + _ON_PIXELS)
            mask[first[0] : last[0], first[1] : last[1]] ^= within
    return mask


def _without_straight(contour: np.ndarray) -> np.ndarray:
    """The polygon without points between two others on one line."""
    before, after = contour - np.roll(contour, 1, axis=0), np.roll(contour, -1, axis=0) - contour
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return contour[turns]
