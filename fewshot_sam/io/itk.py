"""NRRD and MetaImage through SimpleITK; world positions turned from ITK's LPS to RAS, in mm."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.source import SourceImage
from fewshot_sam.volume import SourceGrid

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what ITK writes
_MAX_HEADER_BYTES = 2**20
_DATA_FILE = re.compile(
    rb"^[ \t]*(data ?file|ElementDataFile)[ \t]*[:=]=?[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE
)


def read_itk(path: Path, name: str) -> SourceImage:
    """Read a 3D scalar ``.nrrd``, ``.nhdr``, ``.mha`` or ``.mhd`` file.

    Raises:
        ImageFormatError: damaged, not 3D, not scalar, or voxels outside the header's folder.
        GeometryError: direction or spacing cannot be used.
    """
    _check_data_file(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise ImageFormatError(
            f"'{path.name}' is not a readable NRRD or MetaImage file, or it is truncated. "
            "Check that it is complete, and that a detached data file lies beside it."
        ) from error
    if image.GetNumberOfComponentsPerPixel() != 1 or "complex" in image.GetPixelIDTypeAsString():
        raise ImageFormatError(
            f"'{path.name}' must hold one real number per voxel, got "
            f"{image.GetPixelIDTypeAsString()}. Convert it to a greyscale image first."
        )
    image = _three_axes(image, path)
    affine = _affine(image)
    i, j, k = image.GetSize()
    grid = SourceGrid((i, j, k), affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return SourceImage(sitk.GetArrayFromImage(image).T, grid, name)


def write_itk(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """Write an (I, J, K) array of ``grid`` in the format of ``path``'s ending, compressed."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    axes = _LPS_TO_RAS @ grid.affine[:3, :3] * grid.unit_mm
    spacing = np.linalg.norm(axes, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((axes / spacing).ravel().tolist())
    image.SetOrigin((_LPS_TO_RAS @ grid.affine[:3, 3] * grid.unit_mm).tolist())
    sitk.WriteImage(image, str(path), True)


def _three_axes(image: sitk.Image, path: Path) -> sitk.Image:
    size = image.GetSize()
    if len(size) < 3 or any(length != 1 for length in size[3:]):
        raise ImageFormatError(
            f"'{path.name}' must be a 3D image, got a shape of {size}. Save one volume as a file of its own."
        )
    return image if len(size) == 3 else sitk.Extract(image, (*size[:3], *[0] * (len(size) - 3)))


def _affine(image: sitk.Image) -> np.ndarray:
    affine = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = _LPS_TO_RAS @ direction * np.array(image.GetSpacing())
    affine[:3, 3] = _LPS_TO_RAS @ np.array(image.GetOrigin())
    return affine


def _check_data_file(path: Path) -> None:
    """Refuse headers that name voxels elsewhere: an upload must not read other files of this machine."""
    with path.open("rb") as file:
        start = file.read(_MAX_HEADER_BYTES)
    nrrd = start.startswith(b"NRRD")
    header = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0] if nrrd else start
    found = list(_DATA_FILE.finditer(header))
    ends = [match.end() for match in found if match[1].lower() == b"elementdatafile"]
    if not nrrd and not ends:
        raise ImageFormatError(
            f"'{path.name}' is not a readable NRRD or MetaImage file. Check that it is complete."
        )
    for match in found:
        named = match[2].decode("utf-8", "replace").strip().strip('"')
        if not (named == "LOCAL" or _is_beside(path, named)):
            raise ImageFormatError(
                f"The voxels of '{path.name}' must lie in one file beside it, but its header names "
                f"'{named[:80]}'. Give both files together, or save the image as one .nrrd or .mha file."
            )
        if not nrrd and match.end() == ends[0]:
            return  # the header ends here, voxels follow


def _is_beside(path: Path, named: str) -> bool:
    return re.fullmatch(r"[^/\\%:]+", named) is not None and (path.parent / named).is_file()
