"""What a TIFF holds, by the axes that ImageJ and OME state; its pixels where Pillow does not find them.

ImageJ writes stacks of more than 4 GB with a single page, which all other slices follow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import tifffile

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.several import FilePart, choose

_SUFFIXES = (".tif", ".tiff")
_SLICES = "ZIQ"
"""Axes of slices: depth, and what is only said to be a sequence."""
_TOLD_APART = {"T": "time point", "C": "channel"}
"""Axes along which one volume is chosen."""
_ACROSS = f"{_SLICES}{''.join(_TOLD_APART)}"
_MAX_PARTS = 2**16
_PILLOW_READS = ("bool", "uint8", "uint16", "int32", "float32")
_NUMBERS = ("int8", "int16", "uint32", "float16", "float64")
"""Sample types that Pillow reads wrongly or not at all; where they are not compressed they are read here."""
_NOT_COMPRESSED = 1


@dataclass(frozen=True)
class TiffStack:
    """The slices of the volume in a TIFF.

    Attributes:
        shape: (slices, rows, columns).
        dtype: of its pixels where they are read here; None where Pillow reads them.
        pages: the file's pages that hold the slices, in their order; of pixels that lie together which of all
            slices behind each other.
        offset: of all its pixels in the file; None where they are read page by page.
        words: which of several volumes of the file it is; empty where there is but one.
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype | None
    pages: tuple[int, ...]
    offset: int | None = None
    words: str = ""

    def slices(self, dtype: np.dtype) -> Iterator[np.ndarray]:
        """(rows, columns) of each slice, in ``dtype``."""
        slices = max(self.pages) + 1 if self.offset is not None else self.shape[0]
        sent_bytes = self.path.stat().st_size
        if (self.offset or 0) + slices * prod(self.shape[1:]) * dtype.itemsize > sent_bytes:
            raise _truncated(self.path, self.shape[0])
        if self.offset is None:
            with tifffile.TiffFile(self.path, _multifile=False) as file:
                for number in self.pages:
                    page = file.pages[number]
                    if (
                        prod(page.tile or ()) * dtype.itemsize > sent_bytes
                    ):  # memory is taken for a whole tile
                        raise _truncated(self.path, self.shape[0])
                    yield page.asarray().astype(dtype.newbyteorder("="))
            return
        together = np.memmap(self.path, dtype, "r", self.offset, (slices, *self.shape[1:]))
        for number in self.pages:
            yield np.array(together[number]).astype(dtype.newbyteorder("="))


def tiff_stack(path: Path, limits: ReadLimits, wanted: str | None = None) -> TiffStack | None:
    """Where the slices of a TIFF are; None where Pillow is to read all of the file, or it is no TIFF.

    Smaller copies of the image beside it (pyramids, thumbnails) are passed over.

    Raises:
        ImageFormatError: several images, or samples of a type that is not read.
        SeriesChoiceError: several channels or time points, and ``wanted`` names none.
    """
    if not path.name.lower().endswith(_SUFFIXES):
        return None
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:  # OME may name other files: they stay closed
            _require_last_page(file, path)
            return _stack(file, path, limits, wanted)
    except tifffile.TiffFileError:
        return None  # Pillow says what is wrong, or knows the picture under its wrong name


def _require_last_page(file: tifffile.TiffFile, path: Path) -> None:
    """Check that the list of pages ends: tifffile would follow one that comes back to itself for ever."""
    layout, handle, offset = file.tiff, file.filehandle, file.pages.first.offset
    seen: set[int] = set()
    while 0 < offset < handle.size:
        if offset in seen:
            raise ImageFormatError(
                f"'{path.name}' is damaged: its list of pages comes back to itself. Save the file again."
            )
        seen.add(offset)
        handle.seek(offset)
        tag_count = handle.read(layout.tagnosize)
        if len(tag_count) == layout.tagnosize:
            handle.seek(struct.unpack(layout.tagnoformat, tag_count)[0] * layout.tagsize, 1)
        following = handle.read(layout.offsetsize)
        offset = (
            struct.unpack(layout.offsetformat, following)[0] if len(following) == layout.offsetsize else 0
        )


def _stack(file: tifffile.TiffFile, path: Path, limits: ReadLimits, wanted: str | None) -> TiffStack | None:
    images = [each for each in file.series if not each.keyframe.is_reduced] or file.series[:1]
    if not _are_slices(images, path):
        return None
    series = images[0]
    axes = dict(zip(series.axes, series.shape, strict=True))
    _require_one_image(axes, path)
    pages = [page for each in images for page in each.pages]
    held = prod(axes.get(axis, 1) for axis in _ACROSS) if len(images) == 1 else len(pages)
    count = prod(axes.get(axis, 1) for axis in _SLICES) if len(images) == 1 else held
    rows, columns = axes.get("Y", 1), axes.get("X", 1)
    limits.check_shape((columns, rows, count), path.name)
    dtype = _sample_type(series, axes, path)
    stated = int((file.imagej_metadata or {}).get("images", 1))
    if stated > held:
        raise _truncated(path, stated)
    part, numbers = _chosen(axes, wanted, path, count) if len(images) == 1 else (FilePart(), np.arange(held))
    shape, kept = (count, rows, columns), dtype.newbyteorder(file.byteorder)
    plain = series.keyframe.compression == _NOT_COMPRESSED and "S" not in axes
    offset = series.dataoffset if plain and len(images) == 1 else None  # of pixels that lie together
    own = dtype.newbyteorder("=").name in _NUMBERS
    if offset is not None and (len(file.pages) < held or own):
        return TiffStack(path, shape, kept, tuple(numbers.tolist()), offset, part.words)
    order = [page.index for page in pages if page]  # OME states it, and it need not be that of the file
    if len(order) != held:
        raise _truncated(path, held)
    chosen = [order[number] for number in numbers] if len(images) == 1 else sorted(order)
    return TiffStack(path, shape, kept if own else None, tuple(chosen), words=part.words)


def _sample_type(series: tifffile.TiffPageSeries, axes: dict[str, int], path: Path) -> np.dtype:
    """The type of the samples. Raises ImageFormatError where it is not read."""
    dtype = np.dtype(series.dtype)
    native = dtype.newbyteorder("=").name
    plain = series.keyframe.compression == _NOT_COMPRESSED and "S" not in axes
    if native not in (*_PILLOW_READS, *_NUMBERS) or (native in _NUMBERS and not plain):
        kind = native if plain else f"{native}, compressed"
        raise ImageFormatError(
            f"'{path.name}' holds samples of the type {kind}, which this program does not read. "
            "Save it as 8 or 16-bit integers or 32-bit floats."
        )
    if "S" in axes and native != "uint8":
        raise ImageFormatError(
            f"'{path.name}' stores {native} in {axes['S']} samples a pixel. Save it as greyscale."
        )
    return dtype


def _chosen(axes: dict[str, int], wanted: str | None, path: Path, slices: int) -> tuple[FilePart, np.ndarray]:
    """One channel at one time point, and which of the file's slices are of it.

    Raises:
        SeriesChoiceError: there are several, and none is named.
    """
    across = {axis: length for axis, length in axes.items() if axis in _ACROSS}
    told = {axis: length for axis, length in across.items() if axis in _TOLD_APART and length > 1}
    places = list(np.ndindex(*told.values()))
    if len(places) > _MAX_PARTS:
        raise ImageFormatError(f"'{path.name}' must hold at most {_MAX_PARTS} volumes, got {len(places)}.")
    words = [
        ", ".join(
            f"{_TOLD_APART[axis]} {number + 1} of {length}"
            for number, (axis, length) in zip(place, told.items(), strict=True)
        )
        for place in places
    ]
    part = choose([FilePart(each, number) for number, each in enumerate(words)], wanted, path.name, slices)
    place = dict(zip(told, places[part.frame], strict=True))
    numbers = np.arange(prod(across.values())).reshape(tuple(across.values()))
    return part, numbers[tuple(place.get(axis, slice(None)) for axis in across)].ravel()


def _are_slices(images: list[tifffile.TiffPageSeries], path: Path) -> bool:
    """Whether all images are slices of one volume; False where sizes differ, which is said later.

    Raises:
        ImageFormatError: the file says that they are images of their own.
    """
    if len(images) == 1:
        return True
    types = {np.dtype(each.dtype).name for each in images}
    if any(each.kind != "generic" for each in images) or len(types) > 1:
        raise ImageFormatError(
            f"'{path.name}' must hold one volume, got {len(images)} images. Save the one to label as a "
            "file of its own."
        )
    return len({each.keyframe.shape for each in images}) == 1


def _require_one_image(axes: dict[str, int], path: Path) -> None:
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
