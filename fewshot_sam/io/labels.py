"""Label maps: read onto a volume's canonical grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import read_source
from fewshot_sam.io.placement import orientation_onto
from fewshot_sam.io.resampling import put_upright
from fewshot_sam.io.source import SourceImage

MAX_CODE = 65535
_ROUND_OFF = 1e-3
"""How far a code may be from a whole number: programs scale integers to fractions and back."""


def load_label_map(
    path: str | Path | Sequence[str | Path], volume: Volume, *, limits: ReadLimits | None = None
) -> np.ndarray:
    """Read a label map of a volume.

    The file may store the grid with its axes permuted or flipped, and lie where the volume's sform or its
    qform puts that (:mod:`fewshot_sam.io.placement`). Where the volume's own file states no orientation
    (both NIfTI codes 0), a label map of the same stored shape and spacing is matched by voxel index,
    because programs invent different positions for such files. A label map on the sheared grid that the
    volume was resampled from follows it, by the nearest voxel.

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
    return place_label_map(read_source(path, limits=limits, irregular=True), volume.source)


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
    source = put_upright(source, target)
    codes = _codes(source)
    stored = nio.apply_orientation(codes, orientation_onto(source.grid, target))
    return np.asfortranarray(target.to_canonical(stored))


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
