"""NIfTI-1 and NIfTI-2 files (``.nii``, ``.nii.gz``), read as nibabel reads the standard, and written.

Pairs of .hdr and .img are read by :mod:`fewshot_sam.io.formats.nifti_pair`.


- sform and qform: as in nibabel the sform counts if its code is not 0, else the qform. Both are kept
  and written back as they are, voxel sizes included, so that every program sees the export exactly
  where it sees the source (:mod:`fewshot_sam.io.placement` says where ITK sees it).
- Both codes 0: the file states no orientation. The standard then defines only a scaling,
  nibabel adds a left-right flip and centres the grid, ITK takes LPS from the origin. We take
  nibabel's grid, note ``orientation: unknown`` in the metadata, and write both codes back as 0,
  so that an export is shown on its source by every program, however it reads such files.
- One of several volumes (time points, directions), or of red, green and blue, is read by choice.
- What nibabel corrects silently (pixdim zero or negative, singular sform) is refused here: a
  wrong voxel size makes wrong volumes and distances.

nibabel reads the header from bytes in memory and opens no file. Header extensions are passed
over, and nothing behind the last voxel is read or inflated.
"""

from __future__ import annotations

import math
from pathlib import Path

import nibabel as nib
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.formats.nifti_header import (
    QFORM_FIELDS,
    SFORM_FIELDS,
    grid_of,
    read_nifti_header,
    scaling_of,
)
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.inflate import DamagedStreamError, InflatingReader
from fewshot_sam.io.parsing.several import FilePart, choose, parts_of
from fewshot_sam.io.parsing.voxels import bytes_up_to, read_part
from fewshot_sam.io.source import SourceImage

_GZIP_START = b"\x1f\x8b"
_GZIP_MAX_RATIO = 1040
"""Deflate cannot expand a byte to more."""

_INT16_SIZE_LIMIT = 32767


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read a NIfTI file, or one of the volumes that it holds.

    Raises:
        ImageFormatError: not NIfTI, damaged, not 3D, of complex numbers, or beyond ``limits``.
        GeometryError: the header's geometry cannot be used.
        SeriesChoiceError: several volumes, or colours, and none named.
    """
    if path.stat().st_size == 0:
        raise ImageFormatError(f"'{path.name}' is empty. Copy or download the file again.")
    with path.open("rb") as file:
        reader = InflatingReader(file, "gzip" if is_compressed(path) else "raw")
        header = read_nifti_header(reader, path)
        shape, part = chosen_part(header.fields, path, wanted)
        grid = grid_of(header, shape, path)
        offset = header.fields.get_data_offset()
        if offset < header.size_bytes:
            raise truncated(path) from DamagedStreamError(f"voxels at byte {offset}, within the header")
        array = read_voxels(reader, header.fields, shape, part, path, limits, at=header.size_bytes)
    metadata = {} if grid.qform_code or grid.sform_code else {"orientation": "unknown"}
    return part.noted(SourceImage(array, grid, name, metadata=metadata))


def is_compressed(path: Path) -> bool:
    """By its first bytes: browsers and servers unpack a ``.nii.gz`` on the way, and keep its name."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP_START


def header_of(grid: SourceGrid, dtype: np.dtype) -> nib.Nifti1Header:
    """The header that states ``grid`` as its source file did, for (I, J, K) voxels of ``dtype``."""
    large = max(grid.shape) > _INT16_SIZE_LIMIT
    header = (nib.Nifti2Header if large else nib.Nifti1Header)()
    header.set_data_dtype(dtype)
    header.set_data_shape(grid.shape)
    header.set_zooms(np.linalg.norm(grid.affine[:3, :3], axis=0))
    header.set_xyzt_units(grid.spatial_unit)
    if grid.qform_code or not grid.sform_code:
        header.set_qform(grid.affine if grid.qform_affine is None else grid.qform_affine, grid.qform_code)
    if grid.sform_code:
        header.set_sform(grid.affine, grid.sform_code)
    if grid.nifti_placement is not None:
        _state_as_source(header, grid.nifti_placement)
    elif not (grid.qform_code or grid.sform_code):
        for name in QFORM_FIELDS:
            header[name] = 0
    return header


def _state_as_source(header: nib.Nifti1Header, placement: tuple[float, ...]) -> None:
    header["pixdim"][:4] = placement[:4]
    for name, number in zip(QFORM_FIELDS, placement[4:10], strict=True):
        header[name] = number
    for name, row in zip(SFORM_FIELDS, np.reshape(placement[10:], (3, 4)), strict=True):
        header[name] = row


def write(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """Write an array on ``grid``; compressed if the name ends in ``.gz``.

    NIfTI-1, or NIfTI-2 where an axis is longer than NIfTI-1 can state. The header states affine, codes and
    units as the source file did.

    Args:
        stored: (I, J, K) or (I, J, K, N), any integer or float type, which is the file's too.
        grid: the grid of the first three axes.
        path: the file to write.
    """
    _save(stored, header_of(grid, stored.dtype), path)


def write_with_comment(stored: np.ndarray, grid: SourceGrid, path: Path, comment: str) -> None:
    """Like :func:`write`, with a text in the header (an extension of the kind "comment").

    Args:
        stored: (I, J, K) or (I, J, K, N) on ``grid``, any integer or float type, which is the file's too.
        grid: the grid of the first three axes.
        path: the file to write.
        comment: the text, stored as UTF-8.
    """
    header = header_of(grid, stored.dtype)
    header.extensions.append(nib.nifti1.Nifti1Extension("comment", comment.encode()))
    _save(stored, header, path)


def _save(stored: np.ndarray, header: nib.Nifti1Header, path: Path) -> None:
    image_class = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    nib.save(image_class(stored, None, header), path)


def chosen_part(
    fields: nib.analyze.AnalyzeHeader, path: Path, wanted: str | None
) -> tuple[tuple[int, int, int], FilePart]:
    """The shape of a volume of the file, and which of its volumes is read.

    Raises:
        ImageFormatError: it is not 3D, or of complex numbers.
        SeriesChoiceError: there are several, or colours, and none is named.
    """
    shape = fields.get_data_shape()
    if len(shape) < 3 or min(shape) < 1:
        raise ImageFormatError(
            f"'{path.name}' must be a 3D image, got a shape of {shape}. Open pictures as PNG or TIFF."
        )
    dtype = fields.get_data_dtype()
    if dtype.kind not in "iufV":
        raise ImageFormatError(
            f"'{path.name}' must hold one real number per voxel, got complex voxels. "
            "Save their magnitude as an image first."
        )
    columns, rows, slices = shape[:3]
    parts = parts_of(math.prod(shape[3:]), len(dtype.names or (1,)), in_colour=dtype.kind == "V")
    return (columns, rows, slices), choose(parts, wanted, path.name, slices)


def read_voxels(
    reader: InflatingReader,
    fields: nib.analyze.AnalyzeHeader,
    shape: tuple[int, int, int],
    part: FilePart,
    path: Path,
    limits: ReadLimits,
    *,
    at: int = 0,
) -> np.ndarray:
    """Stored values with scl_slope and scl_inter applied; integers stay integers where exact.

    Args:
        reader: of the file ``path``, which stands at its byte ``at``.

    Returns:
        (I, J, K) as :func:`rescale` has it, of any integer or float type.

    Raises:
        ImageFormatError: there are fewer than stated, or more than ``limits`` allow.
    """
    dtype, offset = fields.get_data_dtype(), fields.get_data_offset()
    dtype = np.dtype(np.uint8) if dtype.kind == "V" else dtype
    try:
        halved = _check_size(offset + bytes_up_to(shape, dtype, part), shape, path, limits)
        reader.skip(offset - at)
        stored = read_part(reader, shape, dtype, part, limits if halved else None)
        reader.check_end()  # a .gz has its checksum there
    except (DamagedStreamError, OSError) as error:
        raise truncated(path) from error
    return rescale(stored, *scaling_of(fields))


def truncated(path: Path) -> ImageFormatError:
    """The error for voxels that are not there."""
    return ImageFormatError(
        f"'{path.name}' is truncated or damaged: its voxels cannot be read. Copy or download the file again."
    )


def _check_size(stated_bytes: int, shape: tuple[int, int, int], path: Path, limits: ReadLimits) -> bool:
    """Before memory is taken for the voxels; whether they are read at half resolution."""
    sent_bytes = path.stat().st_size
    compressed = is_compressed(path)
    max_bytes = sent_bytes * (_GZIP_MAX_RATIO if compressed else 1)
    if stated_bytes > max_bytes:
        raise DamagedStreamError(f"{stated_bytes} bytes stated, at most {max_bytes} there")
    halved = limits.halves(shape, path.name)
    if compressed:
        limits.check_streamed(stated_bytes, sent_bytes, path.name, halved=halved)
    return halved


def rescale(stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """``stored * slope + intercept`` of an (I, J, K, ...) array of any integer or real dtype.

    Returns:
        The same shape: in the stored dtype if that is the identity, int32 where the result is exactly
        integer, else float32 rounded once from double precision (float64 for 8-byte types).
    """
    if slope == 1 and intercept == 0:
        return stored
    whole = slope.is_integer() and intercept.is_integer()
    small = stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2
    if small and whole and abs(slope) * 2**16 + abs(intercept) < 2**31:
        return stored.astype(np.int32) * int(slope) + int(intercept)
    if stored.dtype.itemsize > 4:
        return stored * slope + intercept
    scaled = np.empty(stored.shape, np.float32, order="F")
    for k in range(stored.shape[2]):  # slice by slice: double precision without a double-size copy
        scaled[:, :, k] = stored[:, :, k].astype(np.float64) * slope + intercept
    return scaled
