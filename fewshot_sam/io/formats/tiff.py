"""What a TIFF holds, by the axes that ImageJ and OME state; its pixels where Pillow does not find them.

ImageJ writes stacks of more than 4 GB with a single page, which all other slices follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import tifffile

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.limits import ReadLimits

_SUFFIXES = (".tif", ".tiff")
_SLICES = "ZIQ"
"""Axes of slices: depth, and what is only said to be a sequence."""
_PILLOW_READS = ("bool", "uint8", "uint16", "int32", "float32")
_NUMBERS = ("int8", "int16", "uint32", "float16", "float64")
"""Sample types that Pillow reads wrongly or not at all; where they are not compressed they are read here."""


@dataclass(frozen=True)
class TiffStack:
    """A stack that is read here.

    Attributes:
        shape: (slices, rows, columns).
        offset: of its pixels in the file.
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype
    offset: int

    def slices(self) -> Iterator[np.ndarray]:
        """(rows, columns) of each slice."""
        size = prod(self.shape) * self.dtype.itemsize
        if self.offset + size > self.path.stat().st_size:
            raise _truncated(self.path, self.shape[0])
        pixels = np.memmap(self.path, self.dtype, "r", self.offset, self.shape)
        for each in pixels:
            yield np.array(each).astype(self.dtype.newbyteorder("="))


def tiff_stack(path: Path, limits: ReadLimits) -> TiffStack | None:
    """The stack in a TIFF if it must be read here; None where Pillow reads its pages, or it is no TIFF.

    Raises:
        ImageFormatError: several channels or time points, or samples of a type that is not read.
    """
    if not path.name.lower().endswith(_SUFFIXES):
        return None
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:  # OME may name other files: they stay closed
            return _stack(file, path, limits)
    except tifffile.TiffFileError:
        return None  # Pillow says what is wrong, or knows the picture under its wrong name


def _stack(file: tifffile.TiffFile, path: Path, limits: ReadLimits) -> TiffStack | None:
    series = file.series[0]
    axes = dict(zip(series.axes, series.shape, strict=True))
    _require_one_image(axes, path)
    count = prod(axes.get(axis, 1) for axis in _SLICES)
    rows, columns = axes.get("Y", 1), axes.get("X", 1)
    limits.check_shape((columns, rows, count), path.name)
    dtype = np.dtype(series.dtype)
    native = dtype.newbyteorder("=").name
    offset = None if "S" in axes else series.dataoffset  # of pixels that are not compressed and lie together
    if native not in (*_PILLOW_READS, *_NUMBERS) or (native in _NUMBERS and offset is None):
        kind = native if offset is not None else f"{native}, compressed"
        raise ImageFormatError(
            f"'{path.name}' holds samples of the type {kind}, which this program does not read. "
            "Save it as 8 or 16-bit integers or 32-bit floats."
        )
    if "S" in axes and native != "uint8":
        raise ImageFormatError(
            f"'{path.name}' stores {native} in {axes['S']} samples a pixel. Save it as greyscale."
        )
    stated = int((file.imagej_metadata or {}).get("images", 1))
    if stated > count:
        raise _truncated(path, stated)
    if offset is not None and (len(file.pages) < count or native in _NUMBERS):
        return TiffStack(path, (count, rows, columns), dtype.newbyteorder(file.byteorder), offset)
    return None


def _require_one_image(axes: dict[str, int], path: Path) -> None:
    for axis, what in (("C", "channels"), ("T", "time points")):
        if axes.get(axis, 1) > 1:
            raise ImageFormatError(
                f"'{path.name}' must hold one volume, got {axes[axis]} {what}. Save the one to label as a "
                "file of its own."
            )
    others = [axis for axis, length in axes.items() if axis not in f"{_SLICES}CTSYX" and length > 1]
    if others:
        raise ImageFormatError(
            f"'{path.name}' must hold slices of one volume, got the axes {''.join(axes)}. Save one volume as "
            "a file of its own."
        )


def _truncated(path: Path, slices: int) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' is truncated: it states {slices} slices and ends before their pixels. "
        "Export it again."
    )
