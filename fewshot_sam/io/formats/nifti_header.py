"""The header of a NIfTI file: as nibabel corrects it, and where it puts the voxels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.parsing.inflate import InflatingReader
from fewshot_sam.io.placement import affine_of_qform
from fewshot_sam.io.source import check_axes

QFORM_FIELDS = ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z")
SFORM_FIELDS = ("srow_x", "srow_y", "srow_z")
_NIFTI1_BYTES = 348
_NIFTI2_BYTES = 540
_ALIGNED_CODE, _LAST_CODE = 2, 5
_MAX_NUMBER = 1e12
"""Larger ones place nothing, and are not kept."""


@dataclass(frozen=True, eq=False)
class NiftiHeader:
    """The header as nibabel corrects it, and where the file itself puts the voxels (see SourceGrid)."""

    fields: nib.Nifti1Header
    size_bytes: int
    stored_pixdim: np.ndarray
    stored_placement: tuple[float, ...]
    qform_code: int
    sform_code: int


def read_nifti_header(reader: InflatingReader, path: Path, *, of_pair: bool = False) -> NiftiHeader:
    """Read up to the header's end.

    Args:
        of_pair: its voxels are in an .img file; else behind it.

    Raises:
        ImageFormatError: not NIfTI, or not of that kind.
    """
    try:
        block = reader.read_up_to(_NIFTI1_BYTES)
        header_class: type[nib.Nifti1Header] = nib.Nifti1Header
        magic = block[344:348].rstrip(b"\0")
        if block[:4] in (struct.pack("<i", _NIFTI2_BYTES), struct.pack(">i", _NIFTI2_BYTES)):
            block += reader.read_up_to(_NIFTI2_BYTES - _NIFTI1_BYTES)
            header_class, magic = nib.Nifti2Header, block[4:12].removesuffix(b"\0\r\n\x1a\n")
        if magic in (b"ni1", b"ni2") and not of_pair:
            raise ImageFormatError(
                f"'{path.name}' is the header of an .img file. Give it the ending .hdr, and open it together "
                "with the .img file."
            )
        if magic not in ((b"ni1", b"ni2", b"n+1", b"n+2") if of_pair else (b"n+1", b"n+2")):
            raise ValueError("not NIfTI")
        fields = header_class(block)
        stored = header_class(block, check=False)
    except ImageFormatError:
        raise
    except Exception as error:  # nibabel raises nearly anything for a damaged header
        raise ImageFormatError(
            f"'{path.name}' is not a readable NIfTI image. Check that the file is complete and not renamed."
        ) from error
    codes = [_code(stored[name]) for name in ("qform_code", "sform_code")]
    return NiftiHeader(fields, len(block), stored["pixdim"][1:4], _stated_placement(stored), *codes)


def _code(stated: np.ndarray) -> int:
    """A code as it is, or "aligned" for one that the standard does not define: some place is stated."""
    code = max(int(stated), 0)
    return code if code <= _LAST_CODE else _ALIGNED_CODE


def _stated_placement(stored: nib.Nifti1Header) -> tuple[float, ...]:
    numbers = [stored["pixdim"][:4], *(stored[name] for name in (*QFORM_FIELDS, *SFORM_FIELDS))]
    return tuple(np.hstack(numbers).astype(np.float64).tolist())


def grid_of(header: NiftiHeader, shape: tuple[int, int, int], path: Path) -> SourceGrid:
    """Where the file puts its voxels: by the sform or, where that is not set or holds nothing, by the qform.

    Raises:
        GeometryError: voxel sizes or axes cannot be used.
    """
    pixdim, fields = header.stored_pixdim, header.fields
    if not (np.isfinite(pixdim).all() and (pixdim > 0).all()):
        sizes = ", ".join(f"{size:g}" for size in pixdim)
        raise GeometryError(
            f"The voxel sizes (pixdim) of '{path.name}' must be positive numbers, got {sizes}. "
            "Re-export the image with its voxel size."
        )
    qform_code, sform_code = header.qform_code, header.sform_code
    if qform_code and sform_code and not _is_usable(fields.get_sform()):
        sform_code = 0
    affine = _affine(header, qform_code, sform_code)
    check_axes(affine)
    stated = np.abs(header.stored_placement)
    return SourceGrid(
        shape=shape,
        affine=affine,
        spatial_unit=_spatial_unit(fields),
        qform_code=qform_code,
        sform_code=sform_code,
        qform_affine=_other_qform(header, affine) if qform_code and sform_code else None,
        nifti_placement=header.stored_placement if (stated <= _MAX_NUMBER).all() else None,
    )


def _is_usable(sform: np.ndarray) -> bool:
    return bool(np.isfinite(sform).all()) and np.linalg.matrix_rank(sform[:3, :3]) == 3


def _affine(header: NiftiHeader, qform_code: int, sform_code: int) -> np.ndarray:
    """(4, 4) float64, stored voxel index to RAS+ by the sform, or else the qform, or else the voxel sizes."""
    if sform_code:
        return np.array(header.fields.get_sform(), np.float64)
    if qform_code:
        return _qform(header)
    return np.array(header.fields.get_base_affine(), np.float64)


def _qform(header: NiftiHeader) -> np.ndarray:
    try:
        return np.array(header.fields.get_qform(), np.float64)
    except (HeaderDataError, ValueError):  # a quaternion that round-off made too long: the library scales it
        return affine_of_qform(header.stored_placement)


def _spatial_unit(header: nib.Nifti1Header) -> str:
    try:
        return header.get_xyzt_units()[0]
    except KeyError:  # a code the standard does not define
        return "unknown"


def _other_qform(header: NiftiHeader, affine: np.ndarray) -> np.ndarray | None:
    qform = _qform(header)
    if not np.isfinite(qform).all() or np.allclose(qform, affine, rtol=1e-4, atol=1e-3):
        return None
    return qform


def scaling_of(fields: nib.analyze.AnalyzeHeader) -> tuple[float, float]:
    """Slope and intercept; those that are not set change nothing."""
    try:
        slope, intercept = fields.get_slope_inter()
    except HeaderDataError:  # a slope with an intercept that is no number
        slope, intercept = fields["scl_slope"], None
    return 1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)
