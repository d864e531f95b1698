"""Closed surfaces of labels, by marching cubes (Lewiner et al. 2003)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.file_names import free_name, numbered
from fewshot_sam.data.label_names import LabelName, default_color
from fewshot_sam.data.text import on_one_line
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError

DEFAULT_SMOOTHING_VOXELS = 0.8
"""As the 3D view has it."""
MAX_CELLS = 24_000_000
"""Of the box around a label; a larger one is brought down, by 2 or more along each axis."""
MAX_TRIANGLES = 12_000_000
"""Of one file: 600 MB of STL."""
_BISECTED_CELLS = 2_000_000
_BISECTIONS = 7
_APART = 1e-3
"""How far values stay from the level, so that vertices do not meet where they are rounded."""
_HALFWAY = 0.4999
"""Between 0 and 1. At a half itself cells that meet may differ on what touches along an edge."""
_TO_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Surface:
    """The surface of a label.

    Attributes:
        name: on one line; no two of a file are alike.
        color: "#rrggbb".
        vertices: (N, 3) float32, mm, LPS.
        triangles: (M, 3) int32 indices of vertices, counter-clockwise seen from outside.
    """

    name: str
    color: str
    vertices: np.ndarray
    triangles: np.ndarray


def label_surfaces(
    codes: np.ndarray, volume: Volume, names: Mapping[int, LabelName], smoothing_voxels: float
) -> Iterator[Surface]:
    """The surface of each label that has voxels, ascending by code.

    Args:
        codes: canonical (X, Y, Z) unsigned integers.
        names: of the codes that are wanted.
        smoothing_voxels: see :func:`label_surface`.

    Raises:
        ImageFormatError: unrelated pictures, nothing labelled, or more triangles than one file may have.
    """
    if volume.pictures:
        raise ImageFormatError(
            "Surfaces are of scans, and these are unrelated pictures. Take their masks as PNG or COCO."
        )
    taken, left, found = set[str](), MAX_TRIANGLES, False
    for place, (code, label) in enumerate(sorted(names.items())):
        inside = codes == code
        if not code or not inside.any():
            continue
        vertices, triangles = label_surface(inside, volume.affine, smoothing_voxels)
        left -= len(triangles)
        if left < 0:
            raise ImageFormatError(
                f"Surfaces of one file may have {MAX_TRIANGLES} triangles, and these have more. Export fewer "
                "labels at a time."
            )
        found = True
        name = free_name(numbered(on_one_line(label.name) or f"Label {code}"), taken)
        lps = (vertices * _TO_LPS).astype(np.float32)
        yield Surface(name, label.color or default_color(place), lps, triangles)
    if not found:
        raise ImageFormatError("A surface needs a label with voxels, but the mask holds none.")


def label_surface(
    inside: np.ndarray, affine: np.ndarray, smoothing_voxels: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A closed surface around the True voxels of an array, halfway between those inside and outside.

    Args:
        inside: (X, Y, Z) bool with a True voxel.
        affine: (4, 4), voxel index to mm.
        smoothing_voxels: standard deviation of the Gaussian that the label is smoothed with; 0 leaves it as
            it is. The surface then encloses the volume of the voxels again, but for pieces that vanish.

    Returns:
        vertices (N, 3) float64 in the space of the affine; triangles (M, 3) int32, counter-clockwise seen
        from outside whichever hand the affine has.
    """
    field, corner, factor = _field(inside, smoothing_voxels)
    wanted = float(np.count_nonzero(inside)) / factor**3
    vertices, triangles = _at_volume(field, wanted) if smoothing_voxels else _marched(field, _HALFWAY)
    voxels = vertices * factor + (factor - 1) / 2 + corner
    world = voxels @ affine[:3, :3].T + affine[:3, 3]
    return world, outward(world, triangles)


def enclosed_volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Volume within a closed surface, in the cubed unit of its vertices; negative if it is inside out.

    Args:
        vertices: (N, 3) floats.
        triangles: (M, 3) indices of vertices.
    """
    centred = vertices - vertices.mean(axis=0)
    a, b, c = (centred[triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def outward(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The (M, 3) triangles as int32, turned so that the enclosed volume is positive."""
    turned = triangles if enclosed_volume(vertices, triangles) >= 0 else triangles[:, ::-1]
    return np.ascontiguousarray(turned, np.int32)


def block_means(inside: np.ndarray, factor: int) -> np.ndarray:
    """Share of True voxels in blocks; the last ones are filled up with False.

    Only the small array is made: as float32 a whole CT would take 300 MB.

    Args:
        inside: (X, Y, Z) bool.

    Returns:
        (X / factor, Y / factor, Z / factor) float32, lengths rounded up.
    """
    means = np.zeros([-(-length // factor) for length in inside.shape], np.float32)
    for i, j, k in np.ndindex(factor, factor, factor):
        part = inside[i::factor, j::factor, k::factor]
        x, y, z = part.shape
        means[:x, :y, :z] += part
    return means / np.float32(factor**3)


def _field(inside: np.ndarray, smoothing_voxels: float) -> tuple[np.ndarray, np.ndarray, int]:
    """The label's box as a float32 field with a margin, the index of its first voxel, voxels per cell."""
    from scipy.ndimage import gaussian_filter

    box = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    first = np.array([indices[0] for indices in box])
    cut = inside[tuple(slice(indices[0], indices[-1] + 1) for indices in box)]
    factor = math.ceil((cut.size / MAX_CELLS) ** (1 / 3))
    sigma = smoothing_voxels / factor
    margin = 2 + math.ceil(4 * sigma)
    field = np.pad(block_means(cut, factor), margin)
    if sigma:
        field = gaussian_filter(field, sigma, mode="constant")
    return field, first - margin * factor, factor


def _at_volume(field: np.ndarray, wanted: float) -> tuple[np.ndarray, np.ndarray]:
    """The level surface that encloses ``wanted`` cells: by their rank, and of a small field by bisection."""
    rank = field.size - max(1, min(field.size - 1, round(wanted)))
    below, above = np.partition(field, (rank - 1, rank), axis=None)[rank - 1 : rank + 1]
    level = max(float(below + above) / 2, 1e-6)
    if field.size > _BISECTED_CELLS:
        return _marched(field, level)
    low, high = 0.0, float(field.max())
    for _ in range(_BISECTIONS):
        found = _marched(field, level)
        low, high = (level, high) if abs(enclosed_volume(*found)) > wanted else (low, level)
        level = (low + high) / 2
    return found


def _marched(field: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    from skimage.measure import marching_cubes  # half a second to import

    apart = _APART * float(field.max())
    near = np.abs(field - level) < apart
    kept = np.where(near, np.where(field < level, level - apart, level + apart), field)
    vertices, triangles, _, _ = marching_cubes(kept, level=level)
    return vertices.astype(np.float64), triangles
