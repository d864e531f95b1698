"""Write results of a volume on the grid its file was stored on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np

from fewshot_sam.data.volume import SourceGrid, Volume
from fewshot_sam.errors import ImageFormatError

_NIFTI_ENDINGS = (".nii", ".nii.gz")
_ITK_ENDINGS = (".nrrd", ".mha")
_INT16_SIZE_LIMIT = 32767


def save_label_map(label_map: np.ndarray, volume: Volume, path: str | Path) -> None:
    """Write a canonical label map with the grid, NIfTI codes and units of the volume's source.

    Args:
        label_map: (X, Y, Z) on the volume's canonical grid, integers from 0 to 65535.
        volume: the volume that was labelled.
        path: ``.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha``; an existing file is replaced whole.

    The voxels are uint8, or uint16 where a label's code needs it.

    Raises:
        ImageFormatError: not integers of that range, or a file name of another kind.
        GeometryError: the array has another shape than the volume.
    """
    if label_map.dtype.kind not in "iub":
        raise ImageFormatError(f"A label map must be an integer array, got {label_map.dtype}.")
    lowest, highest = int(label_map.min()), int(label_map.max())
    if lowest < 0 or highest > 65535:
        raise ImageFormatError(f"A label map must hold integers from 0 to 65535, got {lowest} to {highest}.")
    _save(label_map.astype(np.min_scalar_type(highest), copy=False), volume, Path(path))


def save_scalar_map(scalar_map: np.ndarray, volume: Volume, path: str | Path) -> None:
    """Write a canonical (X, Y, Z) map of real numbers, such as a probability, in float32.

    Grid, file kinds and errors as in :func:`save_label_map`.
    """
    _save(scalar_map.astype(np.float32), volume, Path(path))


def _save(array: np.ndarray, volume: Volume, path: Path) -> None:
    file_name = path.name.lower()
    if not file_name.endswith(_NIFTI_ENDINGS + _ITK_ENDINGS):
        endings = ", ".join(_NIFTI_ENDINGS + _ITK_ENDINGS)
        raise ImageFormatError(f"The output's name must end in one of {endings}, got '{path.name}'.")
    stored = volume.source.from_canonical(array)
    ending = next(end for end in (".nii.gz", ".nii", *_ITK_ENDINGS) if file_name.endswith(end))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readers and a crash never see half a file.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fewshot-sam-") as folder:
        part = Path(folder) / f"part{ending}"
        write = _write_nifti if ending in _NIFTI_ENDINGS else _write_itk
        write(stored, volume.source, part)
        os.replace(part, path)  # noqa: PTH105 - keeps the name 'replace' in tracebacks of full disks


def nifti_header(grid: SourceGrid, dtype: np.dtype) -> nib.Nifti1Header:
    """The header that states ``grid`` as its source file did."""
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
    if not (grid.qform_code or grid.sform_code):
        header["quatern_b"] = header["quatern_c"] = header["quatern_d"] = 0
        header["qoffset_x"] = header["qoffset_y"] = header["qoffset_z"] = 0
    return header


def _write_nifti(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    header = nifti_header(grid, stored.dtype)
    image_class = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    nib.save(image_class(stored, None, header), path)


def _write_itk(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    from fewshot_sam.io.itk import write_itk  # SimpleITK takes a second to import

    write_itk(stored, grid, path)
