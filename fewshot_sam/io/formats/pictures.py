"""Unrelated pictures in files: PNG, JPEG and TIFF, and DICOM files of X-rays and ultrasound.

Pixels are kept as they are stored: a rotation that only EXIF states is not applied, so masks fit the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np

from fewshot_sam.data.file_names import free_name, numbered
from fewshot_sam.data.pictures import Picture, stacked_grid
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import ImageFormatError, PicturesChoiceError
from fewshot_sam.io.formats.images import NO_POSITION, picture_page, read_pages, stack_of_slices
from fewshot_sam.io.formats.registry import FORMATS
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.uploaded import without_number
from fewshot_sam.io.source import SourceImage

UNNAMED = "series"
"""What several files are called that have no name in common."""
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue, ITU-R BT.601."""

FoundPicture = tuple[Path, np.ndarray, tuple[float, float] | None]
"""File, (rows, columns) or (rows, columns, 3) uint8, and the (row, column) size of a pixel in mm."""


class _Sizes:
    """The sizes of pictures as they come, held against the limits before they are decoded."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._columns = self._rows = self._count = 0

    def admit(self, size: tuple[int, ...], count: int, path: Path) -> None:
        """Raise ImageFormatError if the stack of these pictures and those before is too large."""
        self._columns, self._rows = max(self._columns, size[0]), max(self._rows, size[1])
        self._count += count
        if max(self._columns, self._rows, self._count) > self._limits.max_slices:
            self._limits.check_shape((self._columns, self._rows, self._count), path.name)
        pixels = self._columns * self._rows * self._count
        if pixels > self._limits.max_voxels:
            raise ImageFormatError(
                f"Up to '{path.name}' there are {self._count} pictures, and each takes as much memory as the "
                f"largest of them ({self._columns} x {self._rows} pixels): {pixels} pixels, where at most "
                f"{self._limits.max_voxels} are held on this machine. Open fewer at a time, or large and "
                "small ones apart."
            )


def read_pictures(
    files: Sequence[Path], name: str, limits: ReadLimits, *, certain: bool = True
) -> SourceImage | None:
    """Read all pictures among the files as one stack; None where none is, or slices of a body are.

    Where some are in DICOM the others are passed over. Pages of one file that are alike become the slices of
    a volume, unless it is ``certain`` that they are pictures.

    Args:
        files: in the natural order of their paths they become the slices.
        name: what the stack is called, unless that says nothing.
        limits: on its size, with every picture as large as the largest, and on unpacked bytes.
        certain: they are unrelated; else only where their modality, colour or size says so.

    Raises:
        ImageFormatError: a file is damaged, of a kind that is not read, or beyond ``limits``.
        PicturesChoiceError: not ``certain``, and nothing tells.
    """
    from fewshot_sam.io.dicom.pictures import find_pictures, read_dicom_pictures

    dicom = find_pictures(files, limits, certain=certain)
    if dicom is None:
        return None
    admit = _Sizes(limits).admit
    found = list(read_dicom_pictures(dicom, limits, admit)) or list(_in_files(files, name, limits, admit))
    if not found:
        return None
    if not certain and not dicom and not _are_unrelated(found):
        return stack_of_slices([image for _, image, _ in found], name)
    return _stacked(found, name if name != UNNAMED else f"{len(found)} pictures")


def _are_unrelated(found: Sequence[FoundPicture]) -> bool:
    """Whether pictures are unrelated by their look; False of the pages of one file that are alike.

    Raises:
        PicturesChoiceError: several files that are grey and of one size.
    """
    shapes = {image.shape for _, image, _ in found}
    if len(found) == 1 or len(shapes) > 1 or any(len(shape) == 3 for shape in shapes):
        return True
    if len({path for path, _, _ in found}) == 1:
        return False
    raise PicturesChoiceError(
        f"These {len(found)} pictures are grey and of one size: they may be slices of one body, or unrelated "
        "pictures. Say which."
    )


def _in_files(
    files: Sequence[Path], name: str, limits: ReadLimits, admit: Callable[[tuple[int, ...], int, Path], None]
) -> Iterator[FoundPicture]:
    chosen = [path for path in files if path.suffix.lower() in FORMATS["images"].suffixes]
    for path, image in read_pages(chosen, name, limits, admit, picture_page):
        yield path, image, None


def _stacked(found: Sequence[FoundPicture], name: str) -> SourceImage:
    names = _names([path for path, _, _ in found])
    pictures = tuple(
        Picture(each, image.shape[0], image.shape[1], pixel_mm)
        for each, (_, image, pixel_mm) in zip(names, found, strict=True)
    )
    rows, columns = (max(image.shape[axis] for _, image, _ in found) for axis in (0, 1))
    images = [image for _, image, _ in found]
    colour = None
    if any(image.ndim == 3 for image in images):
        colour = np.zeros((len(images), rows, columns, 3), np.uint8)
        for index, image in enumerate(images):
            colour[index, : image.shape[0], : image.shape[1]] = _coloured(image)
        images = [_luminance(picture.inside(colour[index])) for index, picture in enumerate(pictures)]
    # Padding is as dark as the darkest pixel: what is measured of intensities takes that for background.
    darkest = min(image.min() for image in images)
    stack = np.full((len(images), rows, columns), darkest, np.result_type(*images))
    for index, image in enumerate(images):
        stack[index, : image.shape[0], : image.shape[1]] = image
    array = stack.transpose(2, 1, 0)
    grid = stacked_grid((columns, rows, len(images)))
    return SourceImage(
        array, grid, name, modality="OT", acquisition_plane=Plane.AXIAL, metadata=dict(NO_POSITION),
        pictures=pictures, colour=colour,
    )  # fmt: skip


def _coloured(image: np.ndarray) -> np.ndarray:
    """A picture as RGB; a grey one of more than bytes from its darkest to its brightest pixel."""
    if image.ndim == 3:
        return image
    grey = image
    if image.dtype != np.uint8:
        low, high = float(image.min()), float(image.max())
        grey = np.rint((image.astype(np.float64) - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _luminance(colour: np.ndarray) -> np.ndarray:
    """(rows, columns) uint8 of (rows, columns, 3) uint8."""
    return np.rint(colour.astype(np.float32) @ _LUMINANCE).astype(np.uint8)


def _names(paths: Sequence[Path]) -> list[str]:
    """Names of pictures, no two alike: further pages of a file, and files of one name, are numbered.

    Others stay as they are, for people know pictures and masks by them: no file is written by these names.
    """
    pages, seen, names = Counter(paths), Counter[Path](), list[str]()
    taken: set[str] = set()
    for path in paths:
        seen[path] += 1
        pure = PurePath(without_number(path.name))
        stem = f"{pure.stem} page {seen[path]}" if pages[path] > 1 else pure.stem
        names.append(free_name(numbered(stem, pure.suffix), taken, str.casefold))
    return names
