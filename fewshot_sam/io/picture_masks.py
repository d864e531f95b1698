"""Masks of unrelated pictures: a PNG of label codes for each, of the picture's own size and name."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.label_names import MAX_CODE
from fewshot_sam.data.pictures import Picture
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.formats import registry
from fewshot_sam.io.formats.base import FormatKind
from fewshot_sam.io.formats.images import read_pages
from fewshot_sam.io.label_names.beside import names_among
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import files_below
from fewshot_sam.io.mask_names import mask_names, mask_places
from fewshot_sam.io.parsing.uploaded import without_number
from fewshot_sam.io.provenance_file import provenance_among

_SUFFIXES = (".png", ".tif", ".tiff")
"""Of masks; JPEG changes codes, and previews are in it."""


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
        ImageFormatError: no file has the name of a picture, one may be of several, is damaged, in colour, or
            beyond ``limits``.
        GeometryError: a mask has another size than its picture.
    """
    with ExitStack() as stack:
        files = _unpacked(files_below(paths), stack, limits)
        masks = {path: name for path, name in files.items() if path.suffix.lower() in _SUFFIXES}
        places = _places(masks, pictures)
        columns, rows, _ = target.shape
        codes = np.zeros((len(pictures), rows, columns), np.uint16)
        admit = _admit(places, pictures)
        for path, image in read_pages(list(places), "masks", limits, admit, _codes_of_page):
            picture = pictures[places[path]]
            picture.inside(codes[places[path]])[...] = _checked(image, path)
        names = names_among(next(iter(masks)), list(files)).names
        provenance = provenance_among(list(files))
    on_grid = np.asfortranarray(target.to_canonical(codes.transpose(2, 1, 0)))
    return LabelMap(on_grid, names, provenance=provenance)


def _unpacked(files: Sequence[Path], stack: ExitStack, limits: ReadLimits) -> dict[Path, str]:
    """The files, with what archives among them hold in their place, and what each is called there."""
    found: dict[Path, str] = {}
    for path in files:
        archive = registry.of_file(path.name)
        if archive is None or archive.kind is not FormatKind.ARCHIVE:
            found[path] = without_number(path.name)
            continue
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fewshot-sam-masks-")))
        names = registry.archive(archive).unpack(path, folder, limits)
        found |= {file: names[file] for file in files_below([folder])}
    return found


def _places(masks: Mapping[Path, str], pictures: Sequence[Picture]) -> dict[Path, int]:
    """Which picture each file is a mask of; files of other names are passed over."""
    found = mask_places(list(masks.values()), pictures)
    places = {path: index for path, index in zip(masks, found, strict=True) if index is not None}
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
