"""Surfaces of labels, for the 3D view."""

from __future__ import annotations

import struct

import numpy as np

from fewshot_sam.io.surfaces.mesh import block_means, outward

LONGEST_SIDE = 160
SMOOTHING_VOXELS = 0.8
_MZ3_MAGIC, _MZ3_FACES_AND_VERTICES = 0x5A4D, 0b11


def label_surface(inside: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A closed, smoothed surface around the True voxels of a canonical (X, Y, Z) array.

    Marching cubes (Lewiner et al. 2003) over the Gaussian-smoothed label; a large label is brought
    down to LONGEST_SIDE voxels first. ``inside`` must hold a True voxel.

    Returns:
        vertices (N, 3) float32 in mm, RAS; triangles (M, 3) int32, counter-clockwise seen from outside.
    """
    from skimage.measure import marching_cubes  # half a second to import

    field, corner, factor = _smoothed_box(inside)
    vertices, triangles, _, _ = marching_cubes(field, level=0.5 * min(1.0, float(field.max())))
    voxels = vertices * factor + (factor - 1) / 2 + corner
    world = voxels @ affine[:3, :3].T + affine[:3, 3]
    return world.astype(np.float32), outward(world, triangles)


def to_mz3(vertices: np.ndarray, triangles: np.ndarray) -> bytes:
    """The surface in MZ3 (Surf Ice and NiiVue): header, triangles int32, vertices float32.

    Args:
        vertices: (V, 3) float, in mm.
        triangles: (T, 3) integer indices of vertices.
    """
    header = struct.pack("<HHIII", _MZ3_MAGIC, _MZ3_FACES_AND_VERTICES, len(triangles), len(vertices), 0)
    return header + triangles.astype("<i4").tobytes() + vertices.astype("<f4").tobytes()


def _smoothed_box(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The label's bounding box as a smooth field with a margin, its first voxel, voxels per cell."""
    from scipy.ndimage import gaussian_filter

    box = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    first = np.array([indices[0] for indices in box])
    last = np.array([indices[-1] for indices in box])
    cut = inside[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))]
    factor = int(-(-max(cut.shape) // LONGEST_SIDE))
    margin = 3
    padded = np.pad(block_means(cut, factor), margin)
    smooth = gaussian_filter(padded, SMOOTHING_VOXELS)
    # Smoothing would erase what is only a voxel or two thick; then the plain label is shown.
    field = smooth if smooth.max() > 0.6 else padded
    return field, first - margin * factor, factor
