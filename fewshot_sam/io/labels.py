"""Label maps: read onto a volume's canonical grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import read_source
from fewshot_sam.io.source import SourceImage

MAX_CODE = 65535
_ROUND_OFF = 1e-3
"""How far a code may be from a whole number: programs scale integers to fractions and back."""
_GRID_TOLERANCE_VOXELS = 0.1
"""How far a corner of the grids may differ: float32 headers round, other grids differ by far more."""


def load_label_map(
    path: str | Path | Sequence[str | Path], volume: Volume, *, limits: ReadLimits | None = None
) -> np.ndarray:
    """Read a label map of a volume.

    The file may store the grid with its axes permuted or flipped. Where the volume's own file
    states no orientation (both NIfTI codes 0), a label map of the same stored shape and spacing
    is matched by voxel index, because programs invent different positions for such files.

    Args:
        path: what :func:`fewshot_sam.io.load_volume` takes.
        volume: the volume that was labelled.
        limits: on voxels, slices and unpacked bytes; None: the defaults of :class:`ReadLimits`.

    Returns:
        Canonical (X, Y, Z) uint16, 0 is background.

    Raises:
        ImageFormatError: unreadable, beyond ``limits``, or values that are not integers from 0 to 65535.
        GeometryError: the file is on another grid than the volume.
    """
    return place_label_map(read_source(path, limits=limits), volume.source)


def place_label_map(source: SourceImage, target: SourceGrid) -> np.ndarray:
    """Turn a label map that was read to the canonical grid of a volume.

    Args:
        source: the label map as its file holds it.
        target: the source grid of the volume.

    Returns:
        (X, Y, Z) uint16 in Fortran order.

    Raises:
        ImageFormatError: values that are not integers from 0 to 65535.
        GeometryError: ``source`` is on another grid.
    """
    codes = _codes(source)
    orientation = _orientation_onto(source.grid, target)
    return np.asfortranarray(nio.apply_orientation(codes, orientation))


def _codes(source: SourceImage) -> np.ndarray:
    array = source.array
    if array.dtype.kind == "f":
        whole = np.rint(array)
        fits = np.isfinite(array).all() and (np.abs(array - whole) <= _ROUND_OFF).all()
        array = whole
    else:
        fits = True
    if not fits:
        raise ImageFormatError(
            f"Label map '{source.name}' must hold integers, got fractions. "
            "Give a segmentation, not an image or a probability map."
        )
    lowest, highest = array.min(), array.max()
    if lowest < 0 or highest > MAX_CODE:
        raise ImageFormatError(
            f"Label map '{source.name}' must hold integers from 0 to {MAX_CODE}, "
            f"got {lowest:g} to {highest:g}. Give a segmentation, not an image."
        )
    return array.astype(np.uint16)


def _orientation_onto(grid: SourceGrid, target: SourceGrid) -> np.ndarray:
    """(3, 2) nibabel orientation from ``grid`` to the canonical grid of ``target``."""
    to_volume = np.linalg.inv(target.canonical_affine) @ np.diag([grid.unit_mm] * 3 + [1.0]) @ grid.affine
    orientation = nio.io_orientation(to_volume)
    shape = tuple(np.array(grid.shape)[np.argsort(orientation[:, 0])])
    if shape == target.canonical_shape:
        expected = np.linalg.inv(nio.inv_ornt_aff(orientation, grid.shape))
        corners = _corners(grid.shape)
        offset = (to_volume - expected) @ corners
        distance = float(np.linalg.norm(offset[:3], axis=0).max())
        if distance <= _GRID_TOLERANCE_VOXELS:
            return orientation
    if _same_stored_voxels(grid, target):
        return target.orientation
    raise _other_grid(grid, target)


def _corners(shape: tuple[int, ...]) -> np.ndarray:
    """(4, 8) homogeneous voxel indices of the grid's corners."""
    ends = np.array(np.meshgrid(*[(0, length - 1) for length in shape], indexing="ij")).reshape(3, 8)
    return np.vstack([ends, np.ones(8)])


def _same_stored_voxels(grid: SourceGrid, source: SourceGrid) -> bool:
    if source.qform_code or source.sform_code or grid.shape != source.shape:
        return False
    sizes = [np.linalg.norm(g.affine[:3, :3], axis=0) * g.unit_mm for g in (grid, source)]
    return bool(np.allclose(sizes[0], sizes[1], rtol=1e-3))


def _other_grid(grid: SourceGrid, target: SourceGrid) -> GeometryError:
    other, affine = grid.canonical_affine, target.canonical_affine
    canonical_shape = grid.canonical_shape
    if canonical_shape != target.canonical_shape:
        difference = "their shapes differ"
    else:
        apart = (other - affine) @ _corners(target.canonical_shape)
        difference = f"their corners lie up to {np.linalg.norm(apart[:3], axis=0).max():.3g} mm apart"
    return GeometryError(
        f"The label map must lie on the image's grid, but {difference}: the image has "
        f"{target.canonical_shape} voxels of {_millimetres(affine)}, the label map "
        f"{canonical_shape} of {_millimetres(other)} (right, anterior, superior). "
        "Resample the label map to the image."
    )


def _millimetres(affine: np.ndarray) -> str:
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    return " x ".join(f"{size:.4g}" for size in sizes) + " mm"
