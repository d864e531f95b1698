"""Label maps: read onto a volume's canonical grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.load import read_source
from fewshot_sam.io.source import SourceImage
from fewshot_sam.volume import SourceGrid, Volume

MAX_CODE = 65535
_GRID_TOLERANCE_VOXELS = 0.1
"""How far a corner of the grids may differ: float32 headers round, other grids differ by far more."""


def load_label_map(path: str | Path | Sequence[str | Path], volume: Volume) -> np.ndarray:
    """Read a label map of ``volume`` as a canonical (X, Y, Z) uint16 array, 0 is background.

    The file may store the grid with its axes permuted or flipped. Where the volume's own file
    states no orientation (both NIfTI codes 0), a label map of the same stored shape and spacing
    is matched by voxel index, because programs invent different positions for such files.

    Raises:
        ImageFormatError: unreadable, or values that are not integers from 0 to 65535.
        GeometryError: the file lies on another grid than the volume.
    """
    source = read_source(path)
    codes = _codes(source)
    orientation = _orientation_onto(source.grid, volume)
    label_map = nio.apply_orientation(codes, orientation)
    return np.asfortranarray(label_map)


def _codes(source: SourceImage) -> np.ndarray:
    array = source.array
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.rint(array)).all()):
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


def _orientation_onto(grid: SourceGrid, volume: Volume) -> np.ndarray:
    """(3, 2) nibabel orientation from ``grid`` to the volume's canonical grid."""
    to_volume = np.linalg.inv(volume.affine) @ np.diag([grid.unit_mm] * 3 + [1.0]) @ grid.affine
    orientation = nio.io_orientation(to_volume)
    shape = tuple(np.array(grid.shape)[np.argsort(orientation[:, 0])])
    if shape == volume.shape:
        expected = np.linalg.inv(nio.inv_ornt_aff(orientation, grid.shape))
        corners = _corners(grid.shape)
        offset = (to_volume - expected) @ corners
        distance = float(np.linalg.norm(offset[:3], axis=0).max())
        if distance <= _GRID_TOLERANCE_VOXELS:
            return orientation
    if _same_stored_voxels(grid, volume.source):
        return volume.source.orientation
    raise _other_grid(grid, volume)


def _corners(shape: tuple[int, ...]) -> np.ndarray:
    """(4, 8) homogeneous voxel indices of the grid's corners."""
    ends = np.array(np.meshgrid(*[(0, length - 1) for length in shape], indexing="ij")).reshape(3, 8)
    return np.vstack([ends, np.ones(8)])


def _same_stored_voxels(grid: SourceGrid, source: SourceGrid) -> bool:
    if source.qform_code or source.sform_code or grid.shape != source.shape:
        return False
    sizes = [np.linalg.norm(g.affine[:3, :3], axis=0) * g.unit_mm for g in (grid, source)]
    return bool(np.allclose(sizes[0], sizes[1], rtol=1e-3))


def _other_grid(grid: SourceGrid, volume: Volume) -> GeometryError:
    other = grid.canonical_affine
    canonical_shape = tuple(np.array(grid.shape)[np.argsort(grid.orientation[:, 0])].tolist())
    if canonical_shape != volume.shape:
        difference = "their shapes differ"
    else:
        apart = (other - volume.affine) @ _corners(volume.shape)
        difference = f"their corners lie up to {np.linalg.norm(apart[:3], axis=0).max():.3g} mm apart"
    return GeometryError(
        f"The label map must lie on the image's grid, but {difference}: the image has "
        f"{volume.shape} voxels of {_millimetres(volume.affine)}, the label map "
        f"{canonical_shape} of {_millimetres(other)} (right, anterior, superior). "
        "Resample the label map to the image."
    )


def _millimetres(affine: np.ndarray) -> str:
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    return " x ".join(f"{size:.4g}" for size in sizes) + " mm"
