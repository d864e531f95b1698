"""Stacks of PNG, JPEG or TIFF slices, grey ones or colours taken as grey.

Such files state no position. The stack is read as axial slices the way a radiologist sees them
(columns to the patient's left, rows to posterior), the files in natural order from feet to
head, voxels of 1 (unit unknown). Pages of a TIFF count as slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from fewshot_sam.data.pictures import stacked_grid
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.formats.tiff import tiff_stack
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.jpeg import MAX_JPEG_SCANS, count_jpeg_scans
from fewshot_sam.io.parsing.natural_order import natural_key
from fewshot_sam.io.parsing.several import FilePart, choose, parts_of
from fewshot_sam.io.source import SourceImage

NO_POSITION = {"orientation": "unknown", "spacing": "unknown"}
"""Metadata of files that state neither."""
_COLOURS = parts_of(channels=3, in_colour=True)
_OR_PICTURES = " Or open the files as unrelated pictures."
_GREY_TOLERANCE = 8
"""Channels of a grey picture stored as RGB JPEG differ by a few steps."""


def read_slices(
    files: Sequence[Path], name: str, limits: ReadLimits, series_uid: str | None = None
) -> SourceImage:
    """Read the files in natural order of their paths (2 before 10) as one volume.

    The size of a page, the number of pages and their bytes so far are checked before its pixels are
    decoded.

    Args:
        files: pictures of one size.
        name: what the volume is called.
        limits: on voxels, slices and unpacked bytes.
        series_uid: which volume of a TIFF with several, or how colours are taken.

    Raises:
        ImageFormatError: a file is damaged, sizes differ, or beyond ``limits``.
        SeriesChoiceError: in colour, or several channels or time points, and none named.
    """
    slices: list[np.ndarray] = []
    taken: set[str] = set()

    def grey(page: Image.Image, path: Path) -> np.ndarray:
        image = picture_page(page, path)
        if image.ndim == 2:
            return image
        part = choose(_COLOURS, series_uid, path.name, 0, _OR_PICTURES)
        taken.add(part.words)
        return part.of(np.moveaxis(image, -1, 0))

    def admit(size: tuple[int, ...], count: int, path: Path) -> None:
        _check_size(size, slices, path, limits, count)

    for _, image in read_pages(files, name, limits, admit, grey, series_uid, taken):
        slices.append(image)
    return FilePart(next(iter(taken), "")).noted(stack_of_slices(slices, name))


def stack_of_slices(slices: Sequence[np.ndarray], name: str) -> SourceImage:
    """One volume of (rows, columns) slices of one size, in this order from feet to head.

    Raises:
        ImageFormatError: they store their grey levels otherwise than each other.
    """
    _require_one_type(slices)
    array = np.stack(slices).transpose(2, 1, 0)
    grid = stacked_grid((array.shape[0], array.shape[1], array.shape[2]))
    return SourceImage(array, grid, name, acquisition_plane=Plane.AXIAL, metadata=dict(NO_POSITION))


def read_pages(
    files: Sequence[Path],
    name: str,
    limits: ReadLimits,
    admit: Callable[[tuple[int, ...], int, Path], None],
    decode: Callable[[Image.Image, Path], np.ndarray],
    wanted: str | None = None,
    taken: set[str] | None = None,
) -> Iterator[tuple[Path, np.ndarray]]:
    """The pages of the files in natural order of their paths, one after the other.

    Args:
        admit: told (columns, rows), how many pages of that size come and their file before any is decoded; it
            refuses what is too large.
        decode: makes (rows, columns, ...) of any dtype of a page. Numbers that Pillow does not read come as
            they are.
        wanted: which volume of a TIFF with several channels or time points.
        taken: gets what is said of that volume.

    Raises:
        ImageFormatError: a file is damaged, or beyond ``limits``.
        SeriesChoiceError: a TIFF holds several volumes, and none is named.
    """
    sent_bytes = sum(path.stat().st_size for path in files)
    unpacked_bytes = 0
    for path in sorted(files, key=lambda path: natural_key(str(path))):
        stack = tiff_stack(path, limits, wanted)
        if stack and stack.words and taken is not None:
            taken.add(stack.words)
        if stack and stack.dtype:
            admit(stack.shape[:0:-1], stack.shape[0], path)
            yield from ((path, image) for image in stack.slices(stack.dtype))
            continue
        for page in _pages(path, stack.pages if stack else None):
            admit(page.size, 1, path)
            unpacked_bytes += _page_bytes(page)
            if unpacked_bytes > sent_bytes:
                limits.check_unpacked(unpacked_bytes, sent_bytes, path.name if len(files) == 1 else name)
            yield path, _decoded(page, path, decode)


def _require_one_type(slices: Sequence[np.ndarray]) -> None:
    """Check that grey levels mean the same on all slices; empty ones may have been stored smaller."""
    types = {each.dtype.name for each in slices if each.any()}
    if len(types) > 1:
        raise ImageFormatError(
            f"All slices must store their grey levels alike, got {' and '.join(sorted(types))}. Save all of "
            "them with the same number of bits."
        )


def _pages(path: Path, chosen: Sequence[int] | None) -> Iterator[Image.Image]:
    """The file's pages, not decoded yet; all of them, or the chosen ones in their order."""
    try:
        with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as image:
            if image.format in ("JPEG", "MPO") and (scans := count_jpeg_scans(path)) > MAX_JPEG_SCANS:
                raise ImageFormatError(
                    f"'{path.name}' must have at most {MAX_JPEG_SCANS} scans, got {scans}. Export it again."
                )
            _require_kept_bits(path, image.format)
            pages = ImageSequence.Iterator(image)
            yield from pages if chosen is None else (pages[number] for number in chosen)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(path) from error


def _require_kept_bits(path: Path, kind: str | None) -> None:
    """Pillow cuts a PNG of 16 bits to 8 where it holds colour or an alpha channel."""
    if kind != "PNG":
        return
    with path.open("rb") as file:
        header = file.read(26)  # signature, length, "IHDR", width, height, bit depth, colour type
    if header[24] == 16 and header[25] != 0:
        raise ImageFormatError(
            f"'{path.name}' stores 16 bits a sample in colour or with transparency, of which this program "
            "would keep 8. Save the slices as 16-bit greyscale."
        )


def _check_size(
    size: tuple[int, ...], slices: list[np.ndarray], path: Path, limits: ReadLimits, more: int
) -> None:
    """Check (columns, rows) of the next slices against those before, and the volume against its limits."""
    rows, columns = slices[0].shape if slices else size[::-1]
    if size != (columns, rows):
        raise ImageFormatError(
            f"All slices must have one size, got {size[0]}x{size[1]} in '{path.name}' "
            f"and {columns}x{rows} before it. Keep one series in the folder, or open the files as unrelated "
            "pictures."
        )
    limits.check_shape((columns, rows, len(slices) + more), path.name)


def _page_bytes(page: Image.Image) -> int:
    """Bytes of a page's pixels once decoded."""
    bytes_a_sample = 4 if page.mode in ("I", "F") else 2 if page.mode.startswith("I;16") else 1
    return page.size[0] * page.size[1] * len(page.getbands()) * bytes_a_sample


def _decoded(page: Image.Image, path: Path, decode: Callable[[Image.Image, Path], np.ndarray]) -> np.ndarray:
    """(rows, columns, ...) of a page."""
    try:
        return decode(page, path)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' is not a readable PNG, JPEG or TIFF image. "
        "Remove it from the folder or export it again."
    )


def picture_page(page: Image.Image, path: Path) -> np.ndarray:
    """(rows, columns) of a page, of any dtype, or (rows, columns, 3) uint8 where it is in colour."""
    if page.mode in ("1", "L", "I", "F") or page.mode.startswith("I;16"):
        return np.array(page)
    if page.mode == "LA":
        return np.array(page.getchannel("L"))
    colours = np.array(page.convert("RGB"))
    spread = colours.max(axis=-1) - colours.min(axis=-1)
    return colours if spread.max() > _GREY_TOLERANCE else colours[..., 1]
