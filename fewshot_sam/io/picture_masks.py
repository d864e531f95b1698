"""Masks of unrelated pictures: a PNG of label codes for each, of the picture's own size and name."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePath

import numpy as np
from PIL import Image, ImageColor

from fewshot_sam.data.file_names import MAX_FILE_NAME_BYTES, as_compared, free_name, safe_file_name
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.label_names import MAX_CODE
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.text import cut_bytes
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.formats import registry
from fewshot_sam.io.formats.base import FormatKind
from fewshot_sam.io.formats.images import read_pages
from fewshot_sam.io.label_names.beside import names_among
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import files_below
from fewshot_sam.io.parsing.uploaded import without_number
from fewshot_sam.io.provenance_file import provenance_among

_SUFFIXES = (".png", ".tif", ".tiff")
"""Of masks; JPEG changes codes, and previews are in it."""
_MAX_STEM_BYTES = MAX_FILE_NAME_BYTES - 20
"""A number and the ending of a preview fit behind it."""


def mask_names(pictures: Sequence[Picture]) -> list[str]:
    """What masks are called, no two alike: as the picture, with .png; its whole name where two would meet.

    Where whole names meet too, as they may once odd characters are replaced, a number tells them apart.
    """
    stems = [_stem(PurePath(picture.name).stem) for picture in pictures]
    whole = [_stem(picture.name) for picture in pictures]
    while meeting := [index for index in _meeting(stems) if stems[index] != whole[index]]:
        for index in meeting:  # which may then meet one that met none
            stems[index] = whole[index]
    taken: set[str] = set()
    return [free_name(stem, ".png", taken) for stem in stems]


def _meeting(stems: Sequence[str]) -> list[int]:
    often = Counter(map(as_compared, stems))
    return [index for index, stem in enumerate(stems) if often[as_compared(stem)] > 1]


def _stem(text: str) -> str:
    """The text as a file of every system may be called, however a zip or an upload has changed it since."""
    return cut_bytes(safe_file_name(text), _MAX_STEM_BYTES).rstrip(". ")


def mask_png(codes: np.ndarray, colors: dict[int, str]) -> bytes:
    """A label map as a PNG whose pixels are the codes: indexed, or 16-bit grey where a code is above 255.

    Args:
        codes: (rows, columns) unsigned integers up to 65535.
        colors: "#rrggbb" by code, of an indexed one's palette.
    """
    if codes.max(initial=0) > 255:
        image = Image.fromarray(np.ascontiguousarray(codes, np.uint16))
    else:
        image = Image.fromarray(np.ascontiguousarray(codes, np.uint8)).copy()
        image.putpalette(_palette(colors))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=False)
    return file.getvalue()


def _palette(colors: dict[int, str]) -> list[int]:
    palette = np.zeros((256, 3), np.uint8)
    for code, color in colors.items():
        if code < 256:
            palette[code] = ImageColor.getrgb(color)[:3]
    return palette.ravel().tolist()


def read_picture_masks(
    paths: Sequence[Path], pictures: Sequence[Picture], target: SourceGrid, limits: ReadLimits
) -> LabelMap:
    """Read the masks of pictures by their names; pictures without one are left unpainted.

    Args:
        paths: PNG or TIFF files, folders of them or a zip, and perhaps files with the labels' names.
        target: the grid of the stack.

    Raises:
        ImageFormatError: no file has the name of a picture, one is damaged, in colour, or beyond ``limits``.
        GeometryError: a mask has another size than its picture.
    """
    with ExitStack() as stack:
        files = _unpacked(files_below(paths), stack, limits)
        masks = [path for path in files if path.suffix.lower() in _SUFFIXES]
        places = _places(masks, pictures)
        columns, rows, _ = target.shape
        codes = np.zeros((len(pictures), rows, columns), np.uint16)
        admit = _admit(places, pictures)
        for path, image in read_pages(list(places), "masks", limits, admit, _codes_of_page):
            picture = pictures[places[path]]
            picture.inside(codes[places[path]])[...] = _checked(image, path)
        names = names_among(masks[0], files).names
        provenance = provenance_among(files)
    on_grid = np.asfortranarray(target.to_canonical(codes.transpose(2, 1, 0)))
    return LabelMap(on_grid, names, provenance=provenance)


def _unpacked(files: Sequence[Path], stack: ExitStack, limits: ReadLimits) -> list[Path]:
    """The files, with what archives among them hold in their place."""
    found: list[Path] = []
    for path in files:
        archive = registry.of_file(path.name)
        if archive is None or archive.kind is not FormatKind.ARCHIVE:
            found.append(path)
            continue
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fewshot-sam-masks-")))
        registry.archive(archive).unpack(path, folder, limits)
        found += files_below([folder])
    return found


def _places(masks: Sequence[Path], pictures: Sequence[Picture]) -> dict[Path, int]:
    """Which picture each file is a mask of; files of other names are passed over."""
    known = {as_compared(_stem(picture.name)): index for index, picture in enumerate(pictures)}
    known |= {as_compared(PurePath(name).stem): index for index, name in enumerate(mask_names(pictures))}
    places = {}
    for path in masks:
        name = without_number(path.name)
        keys = (as_compared(_stem(text)) for text in (PurePath(name).stem, name))
        index = next((known[key] for key in keys if key in known), None)
        if index is not None:
            places[path] = index
    if len(set(places.values())) < len(places):
        raise ImageFormatError("Two masks have the name of one picture. Choose one mask for each.")
    if not places:
        raise ImageFormatError(
            f"No mask has the name of a picture: a mask of '{pictures[0].name}' must be called "
            f"'{mask_names(pictures)[0]}'. Rename the masks, or give a label map of the whole stack."
        )
    return places


def _admit(
    places: dict[Path, int], pictures: Sequence[Picture]
) -> Callable[[tuple[int, ...], int, Path], None]:
    def admit(size: tuple[int, ...], count: int, path: Path) -> None:
        picture = pictures[places[path]]
        if tuple(size) != (picture.columns, picture.rows) or count != 1:
            raise GeometryError(
                f"The mask '{path.name}' must be as large as its picture, {picture.columns} x {picture.rows} "
                f"pixels, got {size[0]} x {size[1]}. Save it in the picture's size."
            )

    return admit


def _codes_of_page(page: Image.Image, path: Path) -> np.ndarray:
    if page.mode in ("P", "1", "L", "I", "F") or page.mode.startswith("I;16"):
        return np.array(page)
    raise ImageFormatError(
        f"The mask '{path.name}' must hold label codes (an indexed or greyscale PNG), got the colours of "
        f"{page.mode}. Save it indexed."
    )


def _checked(image: np.ndarray, path: Path) -> np.ndarray:
    whole = np.rint(image.astype(np.float64))
    if image.ndim != 2 or (whole != image).any() or whole.min() < 0 or whole.max() > MAX_CODE:
        raise ImageFormatError(f"The mask '{path.name}' must hold whole numbers from 0 to {MAX_CODE}.")
    return whole.astype(np.uint16)
