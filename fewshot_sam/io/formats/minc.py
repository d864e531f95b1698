"""MINC files (``.mnc``): version 1 (NetCDF) by nibabel, version 2 (HDF5) by SimpleITK.

World positions of MINC run to right, anterior and superior, as nibabel has it. ITK 5.4 takes them for left
and posterior, so programs built on it show such files mirrored; here its numbers count as they are stored.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.several import FilePart, choose, parts_of
from fewshot_sam.io.source import SourceImage, check_axes

_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what mnc2nii writes
_NETCDF, _HDF5 = b"CDF", b"\x89HDF"
_MAX_BYTES_A_NUMBER = 8


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read a MINC file, or one of the volumes that it holds.

    Raises:
        ImageFormatError: damaged, not 3D, or beyond ``limits``.
        GeometryError: steps or directions cannot be used.
        SeriesChoiceError: several volumes and none named.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start.startswith((_NETCDF, _HDF5)):
        raise _unreadable(path)
    reader = _read_first if start.startswith(_NETCDF) else _read_second
    try:
        array, affine, part = reader(path, limits, wanted)
    except (UserError, MemoryError):
        raise
    except Exception as error:  # both libraries raise nearly anything for a damaged file
        raise _unreadable(path) from error
    check_axes(affine)
    columns, rows, slices = array.shape
    grid = SourceGrid((columns, rows, slices), affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return part.noted(SourceImage(array, grid, name))


def _read_first(
    path: Path, limits: ReadLimits, wanted: str | None
) -> tuple[np.ndarray, np.ndarray, FilePart]:
    """Voxels, affine and part of a file of version 1; memory is taken for one slice after the other."""
    from nibabel.externals.netcdf import netcdf_file
    from nibabel.minc1 import Minc1File

    with path.open("rb") as file:
        content = Minc1File(netcdf_file(file, mmap=True))  # the voxels stay in the file
        in_space = [axis for axis, each in enumerate(content._dim_names) if each in content._spatial_dims]
        others = [axis for axis in range(len(content._dim_names)) if axis not in in_space]
        stated = content.get_data_shape()
        shape = tuple(stated[axis] for axis in in_space)
        if len(shape) != 3 or min(stated) < 1 or any(axis > in_space[0] for axis in others):
            raise _not_3d(path, stated)
        limits.check_shape(shape, path.name)
        part = choose(parts_of(math.prod(stated[axis] for axis in others)), wanted, path.name, shape[0])
        frame = np.unravel_index(part.frame, [stated[axis] for axis in others]) if others else ()
        array = np.empty(shape, np.float32)
        for number in range(shape[0]):
            array[number] = content.get_scaled_data((*map(int, frame), number))
        return array, np.array(content.get_affine(), np.float64), part


def _read_second(
    path: Path, limits: ReadLimits, wanted: str | None
) -> tuple[np.ndarray, np.ndarray, FilePart]:
    """Voxels, affine and part of a file of version 2."""
    import SimpleITK as sitk  # noqa: N813 - its usual name; takes a second to import

    reader = sitk.ImageFileReader()
    reader.SetImageIO("MINCImageIO")
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    shape, channels = reader.GetSize(), reader.GetNumberOfComponents()
    if len(shape) != 3:
        raise _not_3d(path, shape)
    limits.check_shape(shape, path.name)
    stated_bytes = math.prod(shape) * channels * _MAX_BYTES_A_NUMBER
    limits.check_unpacked(stated_bytes, path.stat().st_size, path.name)
    part = choose(parts_of(channels), wanted, path.name, shape[2])
    image = reader.Execute()
    array = sitk.GetArrayViewFromImage(image)
    array = np.array(array if channels == 1 else array[..., part.frame]).T
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = directions * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return array, affine, part


def _unreadable(path: Path) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' is not a readable MINC image. Check that the file is complete and not renamed."
    )


def _not_3d(path: Path, shape: tuple[int, ...]) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' must be a 3D image, got a shape of {tuple(map(int, shape))}. "
        "Save one volume as a file of its own."
    )
