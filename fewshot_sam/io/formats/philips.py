"""Philips PAR/REC (``.par`` with its voxels in a ``.rec`` beside it): header and positions by nibabel.

Values are those that the console shows (rescale slope and intercept, "dv" in nibabel).
"""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path

import numpy as np
from nibabel.parrec import PARRECHeader

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.formats.nifti import rescale, truncated
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.detached import open_beside
from fewshot_sam.io.parsing.several import choose, parts_of
from fewshot_sam.io.source import SourceImage, check_axes

_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what parrec2nii writes
_MAX_HEADER_BYTES = 32 * 2**20
"""A line of 300 characters for each slice of each volume."""


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read a PAR/REC scan, or one of the volumes that it holds.

    Args:
        path: the .par file; the .rec file of its name must be beside it.

    Raises:
        ImageFormatError: damaged, of a version that nibabel does not know, or beyond ``limits``.
        GeometryError: voxel sizes or angles cannot be used.
        SeriesChoiceError: several volumes (dynamics, echoes, types of image) and none named.
    """
    header = _header(path)
    columns, rows, slices = (int(length) for length in header.get_data_shape()[:3])
    shape = (columns, rows, slices)
    limits.check_shape(shape, path.name)
    part = choose(parts_of(math.prod(header.get_data_shape()[3:])), wanted, path.name, slices)
    order = np.array(header.get_sorted_slice_indices()).reshape(-1, slices)[part.frame]
    slopes, intercepts = (
        np.array(header.image_defs[field], np.float64)[order]
        for field in ("rescale slope", "rescale intercept")
    )
    stored = _slices(path, shape, header.get_data_dtype(), order.tolist())
    if np.ptp(slopes) == 0 and np.ptp(intercepts) == 0:
        array = rescale(stored, float(slopes[0]), float(intercepts[0]))
    else:
        array = (stored * slopes + intercepts).astype(np.float32)
    affine = np.array(header.get_affine(), np.float64)
    check_axes(affine)
    grid = SourceGrid(shape, affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return part.noted(SourceImage(array, grid, name, modality="MR"))


def _header(path: Path) -> PARRECHeader:
    with path.open("rb") as file:
        text = file.read(_MAX_HEADER_BYTES + 1)
    if len(text) > _MAX_HEADER_BYTES:
        raise ImageFormatError(
            f"The header '{path.name}' must have at most {_MAX_HEADER_BYTES} bytes, got more. "
            "Export fewer volumes, or the scan as DICOM."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return PARRECHeader.from_fileobj(io.StringIO(text.decode("latin-1")))
    except Exception as error:  # nibabel raises nearly anything for a damaged header
        reason = " ".join(str(error).split())[:200]
        raise ImageFormatError(
            f"'{path.name}' is no PAR header that this program reads ({reason or type(error).__name__}). "
            "Check that the export is complete, or export the scan as DICOM."
        ) from error


def _slices(path: Path, shape: tuple[int, int, int], dtype: np.dtype, order: list[int]) -> np.ndarray:
    """(I, J, K) stored values of the slices with these numbers in the .rec file."""
    columns, rows, slices = shape
    stored = np.empty(shape, dtype, order="F")
    size = columns * rows * dtype.itemsize
    with open_beside(path, _file_of_voxels(path).name) as data:
        for place in range(slices):
            data.seek(order[place] * size)
            block = data.read(size)
            if len(block) != size:
                raise truncated(_file_of_voxels(path))
            stored[:, :, place] = np.frombuffer(block, dtype).reshape((columns, rows), order="F")
    return stored


def _file_of_voxels(path: Path) -> Path:
    """The .rec file beside a .par file, in upper or lower case."""
    for ending in (".REC", ".rec", ".Rec"):
        if path.with_suffix(ending).is_file():
            return path.with_suffix(ending)
    raise ImageFormatError(
        f"The voxels of '{path.name}' must be in the file '{path.with_suffix('.REC').name}' beside it, which "
        "is not there. Give both files together."
    )
