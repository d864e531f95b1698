"""MINC files (``.mnc``) by nibabel: version 1 in NetCDF, version 2 in HDF5.

World positions of MINC run to right, anterior and superior. ITK 5.4 takes them for left and posterior, so
programs built on it show such files mirrored. HDF5 can name other files, which are never opened.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from nibabel.externals.netcdf import netcdf_file
from nibabel.minc1 import Minc1File
from nibabel.minc2 import Minc2File

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.halving import read_halved
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.several import FilePart, choose, parts_of
from fewshot_sam.io.source import SourceImage, check_axes

if TYPE_CHECKING:
    import h5py

_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what mnc2nii writes
_NETCDF, _HDF5 = b"CDF", b"\x89HDF"
_IMAGES = ("image", "image-min", "image-max")


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
    try:
        if start.startswith(_NETCDF):
            with path.open("rb") as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that voxels stay in the file
                array, affine, part = _read(_first_version(file), path, limits, wanted)
        else:
            with _second_version(path) as content:
                array, affine, part = _read(content, path, limits, wanted)
    except (UserError, MemoryError):
        raise
    except Exception as error:  # nibabel and its libraries raise nearly anything for a damaged file
        raise _unreadable(path) from error
    check_axes(affine)
    columns, rows, slices = array.shape
    grid = SourceGrid((columns, rows, slices), affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return part.noted(SourceImage(array, grid, name))


def _first_version(file: BinaryIO) -> Minc1File:
    return Minc1File(netcdf_file(file, mmap=True))  # the voxels stay in the file


@contextmanager
def _second_version(path: Path) -> Iterator[Minc2File]:
    """The content of an HDF5 file; raises ImageFormatError where it is not all in this file."""
    import h5py  # takes a while to import

    with h5py.File(path, "r") as file:
        _require_own(file, "minc-2.0/dimensions", path)
        for name in _IMAGES:
            _require_own(file, f"minc-2.0/image/0/{name}", path)
        for name in file["minc-2.0/dimensions"]:
            _require_own(file, f"minc-2.0/dimensions/{name}", path)
        yield Minc2File(file)


def _require_own(file: h5py.File, named: str, path: Path) -> None:
    import h5py

    held = file
    for name in named.split("/"):
        if not isinstance(held.get(name, getlink=True), h5py.HardLink):
            raise _elsewhere(path)
        held = held[name]
    if isinstance(held, h5py.Dataset) and (held.external or held.is_virtual):
        raise _elsewhere(path)


def _read(
    content: Minc1File, path: Path, limits: ReadLimits, wanted: str | None
) -> tuple[np.ndarray, np.ndarray, FilePart]:
    """Voxels, affine and part; memory is taken for one slice after the other."""
    names, in_space = list(content._dim_names), list(content._spatial_dims)
    stated = tuple(int(length) for length in content.get_data_shape())
    others = stated[: len(names) - len(in_space)]
    if len(in_space) != 3 or len(stated) != len(names) or min(stated) < 1 or names[-3:] != in_space:
        raise _not_3d(path, stated)
    shape = (stated[-3], stated[-2], stated[-1])
    dtype = content.get_data_dtype()
    if dtype.kind not in "iuf" or any(_size(each) > math.prod(stated) for each in _scales(content)):
        raise _unreadable(path)
    halved = limits.halves(shape, path.name)
    sent_bytes, stated_bytes = path.stat().st_size, math.prod(stated) * dtype.itemsize
    limits.check_streamed(stated_bytes, sent_bytes, path.name, halved=halved)
    part = choose(parts_of(math.prod(others)), wanted, path.name, shape[0])
    frame = np.unravel_index(part.frame, others) if others else ()
    slices = (
        np.asarray(content.get_scaled_data((*map(int, frame), number)), np.float32)
        for number in range(shape[0])
    )
    if halved:  # slices lie along the first axis
        order = (shape[1], shape[2], shape[0])
        array = read_halved(order, np.dtype(np.float32), limits, lambda: next(slices)).transpose(2, 0, 1)
    else:
        array = np.empty(shape, np.float32)
        for number, each in enumerate(slices):
            array[number] = each
    return array, np.array(content.get_affine(), np.float64), part


def _scales(content: Minc1File) -> tuple[Any, Any]:
    return content._image_min, content._image_max


def _size(held: Any) -> int:
    return math.prod(held.shape)


def _unreadable(path: Path) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' is not a readable MINC image. Check that the file is complete and not renamed."
    )


def _elsewhere(path: Path) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' must hold all of its voxels itself, but names another file or place for them. "
        "Save it again as one file."
    )


def _not_3d(path: Path, shape: tuple[int, ...]) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' must be a 3D image, got a shape of {tuple(map(int, shape))}. "
        "Save one volume as a file of its own."
    )
