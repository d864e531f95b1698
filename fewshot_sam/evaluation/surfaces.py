"""Distances between the surfaces of two masks, in memory and time that grow with the surfaces alone."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_erosion
from scipy.spatial import cKDTree

from fewshot_sam.data.boxes import box_around

Spacing = tuple[float, float, float]
_AT_ONCE = 200_000
"""Points whose neighbours are looked up together."""


def surface_distances_mm(
    mask: np.ndarray,
    reference: np.ndarray,
    spacing_mm: tuple[float, ...],
    counted: np.ndarray | None = None,
) -> np.ndarray:
    """Distances of each surface's voxels to the other surface, both ways.

    Surface voxels are those of a mask with a 6-neighbour outside it. With slices left out, distances start
    on counted slices and end at the nearest surface voxel on any slice, so that leaving slices out makes no
    surfaces of its own.

    Args:
        mask, reference: (X, Y, Z) bool, or (X, Y), of which a surface pixel has a 4-neighbour outside.
        spacing_mm: voxel size along each axis.
        counted: bool, broadcastable to (X, Y, Z), False on slices that are left out; None counts all.

    Returns:
        (N,) float64; one infinite distance where one of the masks is empty, none where both are.
    """
    if not (mask.any() and reference.any()):
        held = mask | reference
        return np.array([np.inf]) if (held if counted is None else held & counted).any() else np.empty(0)
    box = box_around(mask | reference)
    surfaces = [item & ~binary_erosion(item) for item in (mask[box], reference[box])]
    within = True if counted is None else np.broadcast_to(counted, mask.shape)[box]
    trees = [_points(surface) for surface in surfaces]
    starts = [_points(surface & within) for surface in surfaces]
    pairs = ((starts[0], trees[1]), (starts[1], trees[0]))
    return np.concatenate([_nearest_mm(points, others, spacing_mm) for points, others in pairs])


def _points(surface: np.ndarray) -> np.ndarray:
    """(N, 3) int32 indices of the voxels of a (X, Y, Z) bool surface."""
    return np.argwhere(surface).astype(np.int32)


def _nearest_mm(points: np.ndarray, others: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """(N,) distances of (N, 3) voxels to the nearest of (M, 3) others.

    Computed from whole steps between voxels, not from positions, so that a distance of 2 mm is 2.0.
    """
    tree = cKDTree(others * np.asarray(spacing_mm))
    found = [np.empty(0)]
    for start in range(0, len(points), _AT_ONCE):
        some = points[start : start + _AT_ONCE]
        _, nearest = tree.query(some * np.asarray(spacing_mm))
        found.append(np.sqrt((((some - others[nearest]) * np.asarray(spacing_mm)) ** 2).sum(axis=1)))
    return np.concatenate(found)
