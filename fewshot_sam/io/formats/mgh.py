"""FreeSurfer's MGH files (``.mgh``, ``.mgz``), the header by nibabel; positions as nibabel has them.

A file that states no position has FreeSurfer's own default: coronal slices, centred.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nibabel.freesurfer.mghformat import MGHHeader

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.formats.nifti import is_compressed, truncated
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.inflate import DamagedStreamError, InflatingReader
from fewshot_sam.io.parsing.several import choose, parts_of
from fewshot_sam.io.parsing.voxels import bytes_up_to, read_part
from fewshot_sam.io.source import SourceImage, check_axes

_HEADER_BYTES = 284
_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what mri_convert writes


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read an MGH file, or one of the frames that it holds.

    Raises:
        ImageFormatError: damaged, not 3D, or beyond ``limits``.
        GeometryError: voxel sizes or directions cannot be used.
        SeriesChoiceError: several frames and none named.
    """
    sent_bytes = path.stat().st_size
    with path.open("rb") as file:
        reader = InflatingReader(file, "gzip" if is_compressed(path) else "raw")
        header, dtype = _header(reader, path)
        columns, rows, slices, frames = (int(length) for length in header["dims"])
        shape = (columns, rows, slices)
        part = choose(parts_of(frames), wanted, path.name, slices)
        affine = _affine(header, path)
        halved = limits.halves(shape, path.name)
        stated_bytes = header.get_data_offset() + bytes_up_to(shape, dtype, part)
        if is_compressed(path):
            limits.check_streamed(stated_bytes, sent_bytes, path.name, halved=halved)
        try:
            if stated_bytes > sent_bytes and not is_compressed(path):
                raise DamagedStreamError(f"{stated_bytes} bytes stated, {sent_bytes} there")
            reader.skip(header.get_data_offset() - _HEADER_BYTES)
            array = read_part(reader, shape, dtype, part, limits if halved else None)
            reader.check_end()
        except (DamagedStreamError, OSError) as error:
            raise truncated(path) from error
    grid = SourceGrid(shape, affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return part.noted(SourceImage(array, grid, name))


def _header(reader: InflatingReader, path: Path) -> tuple[MGHHeader, np.dtype]:
    try:
        block = reader.read(_HEADER_BYTES)
        header = MGHHeader(block[: MGHHeader._hdrdtype.itemsize])
        dtype = np.dtype(header.get_data_dtype()).newbyteorder(">")
        if int(header["version"]) != 1 or min(header["dims"]) < 1:
            raise ValueError("not MGH")
    except Exception as error:  # nibabel raises nearly anything for a damaged header
        raise ImageFormatError(
            f"'{path.name}' is not a readable MGH image. Check that the file is complete and not renamed."
        ) from error
    return header, dtype


def _affine(header: MGHHeader, path: Path) -> np.ndarray:
    sizes = np.array(header["delta"], np.float64)
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        stated = ", ".join(f"{size:g}" for size in sizes)
        raise GeometryError(
            f"The voxel sizes of '{path.name}' must be positive numbers, got {stated}. Export it again."
        )
    affine = np.array(header.get_affine(), np.float64)
    check_axes(affine)
    return affine
