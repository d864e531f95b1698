"""NIfTI-1 and NIfTI-2 files (``.nii``, ``.nii.gz``), following nibabel's reading of the standard.

- sform and qform: as in nibabel the sform counts if its code is not 0, else the qform. A qform
  that says something else is kept and written back, so that other programs see the export
  exactly where they see the source.
- Both codes 0: the file states no orientation. The standard then defines only a scaling,
  nibabel adds a left-right flip and centres the grid, ITK takes LPS from the origin. We take
  nibabel's grid, note ``orientation: unknown`` in the metadata, and write both codes back as 0,
  so that an export lies on its source in every program, whichever reading it has.
- What nibabel mends silently (pixdim zero or negative, singular sform) is refused here: a
  wrong voxel size makes wrong volumes and distances.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.openers import ImageOpener
from nibabel.spatialimages import HeaderDataError

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.source import SourceImage, check_axes
from fewshot_sam.volume import SourceGrid

_GZIP_MAX_RATIO = 1040
"""Deflate cannot expand a byte to more."""


def read_nifti(path: Path, name: str) -> SourceImage:
    """Read a 3D scalar NIfTI file; trailing dimensions of length 1 are dropped.

    Raises:
        ImageFormatError: not NIfTI, damaged, not 3D, or not scalar (RGB, complex).
        GeometryError: the header's geometry cannot be used.
    """
    image = _open(path)
    shape = _shape_3d(image.shape, path.name)
    if image.get_data_dtype().kind not in "iuf":
        kind = "complex" if image.get_data_dtype().kind == "c" else "colour (RGB)"
        raise ImageFormatError(
            f"'{path.name}' must hold one real number per voxel, got {kind} voxels. "
            "Convert it to a greyscale image first."
        )
    grid = _grid(image, shape, path)
    metadata = {} if grid.qform_code or grid.sform_code else {"orientation": "unknown"}
    return SourceImage(_voxels(image, path).reshape(shape), grid, name, metadata=metadata)


def _open(path: Path) -> nib.Nifti1Image:
    if path.stat().st_size == 0:
        raise ImageFormatError(f"'{path.name}' is empty. Copy or download the file again.")
    try:
        image = nib.load(path)
    except Exception as error:
        raise ImageFormatError(
            f"'{path.name}' is not a readable NIfTI image. Check that the file is complete and not renamed."
        ) from error
    if not isinstance(image, nib.Nifti1Image):
        raise ImageFormatError(f"'{path.name}' must be a NIfTI image, got {type(image).__name__}.")
    return image


def _shape_3d(shape: tuple[int, ...], file_name: str) -> tuple[int, int, int]:
    if len(shape) < 3 or any(length != 1 for length in shape[3:]) or 0 in shape:
        raise ImageFormatError(
            f"'{file_name}' must be a 3D image, got a shape of {shape}. "
            "Save one volume (time point or channel) as a file of its own."
        )
    return shape[0], shape[1], shape[2]


def _grid(image: nib.Nifti1Image, shape: tuple[int, int, int], path: Path) -> SourceGrid:
    header = image.header
    with ImageOpener(str(path)) as file:
        pixdim = type(header).from_fileobj(file, check=False)["pixdim"][1:4]
    if not (np.isfinite(pixdim).all() and (pixdim > 0).all()):
        sizes = ", ".join(f"{size:g}" for size in pixdim)
        raise GeometryError(
            f"The voxel sizes (pixdim) of '{path.name}' must be positive numbers, got {sizes}. "
            "Re-export the image with its voxel size."
        )
    affine = np.array(image.affine, np.float64)
    check_axes(affine)
    qform_code, sform_code = int(header["qform_code"]), int(header["sform_code"])
    return SourceGrid(
        shape=shape,
        affine=affine,
        spatial_unit=_spatial_unit(header),
        qform_code=qform_code,
        sform_code=sform_code,
        qform_affine=_other_qform(header, affine) if qform_code and sform_code else None,
    )


def _spatial_unit(header: nib.Nifti1Header) -> str:
    try:
        return header.get_xyzt_units()[0]
    except KeyError:  # a code the standard does not define
        return "unknown"


def _other_qform(header: nib.Nifti1Header, affine: np.ndarray) -> np.ndarray | None:
    try:
        qform = header.get_qform()
    except HeaderDataError:
        return None
    return None if np.allclose(qform, affine, rtol=1e-4, atol=1e-3) else qform


def _voxels(image: nib.Nifti1Image, path: Path) -> np.ndarray:
    """Stored values with scl_slope and scl_inter applied; integers stay integers where exact."""
    stated_bytes = math.prod(image.shape) * image.get_data_dtype().itemsize
    most = path.stat().st_size * (_GZIP_MAX_RATIO if path.name.lower().endswith(".gz") else 1)
    try:
        if stated_bytes > most:  # before memory is taken for them
            raise EOFError(f"{stated_bytes} bytes stated, at most {most} there")
        with ImageOpener(str(path)) as file:
            proxy: Any = type(image).from_stream(file.fobj).dataobj  # an ArrayProxy, typed as ArrayLike
            stored = proxy.get_unscaled()
            if isinstance(stored, np.memmap):  # the volume must outlive the file
                stored = np.array(stored)
            file.read()  # to the end, where a .gz holds its checksum
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ImageFormatError(
            f"'{path.name}' is truncated or damaged: its voxels cannot be read. "
            "Copy or download the file again."
        ) from error
    return rescale(stored, float(proxy.slope), float(proxy.inter))


def rescale(stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """``stored * slope + intercept`` of an (I, J, K, ...) array.

    The stored type if that is the identity, int32 where the result is exactly integer, else
    float32 rounded once from double precision (float64 for 8-byte types).
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
