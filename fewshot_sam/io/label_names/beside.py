"""Which files name the labels of a label map: those that came with it, or those that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.formats import registry as formats
from fewshot_sam.io.label_names.base import NoNamesError
from fewshot_sam.io.label_names.registry import names_in, suffixes
from fewshot_sam.io.parsing.uploaded import without_number

if TYPE_CHECKING:
    from fewshot_sam.data.label_names import LabelName

_MAX_FILES = 8
_DATASET = "dataset.json"
_BIDS_TABLE = "dseg.tsv"


@dataclass(frozen=True)
class FoundNames:
    """Names by code, and a sentence for each file that was passed over though it could have held some."""

    names: dict[int, LabelName] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def split_label_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The files of the label map, and those with the labels' names.

    Raises:
        ImageFormatError: not one label map, or too many other files.
    """
    described = [path for path in paths if path.name.lower().endswith(suffixes())]
    images = [path for path in paths if path not in described]
    whole = [path for path in images if formats.of_file(path.name)]
    if not images or len(whole) > 1 or len(described) > _MAX_FILES:
        raise ImageFormatError(
            "Choose one label map file, and beside it at most "
            f"{_MAX_FILES} files with the labels' names ({', '.join(suffixes())})."
        )
    return images, described


def names_given(image: Path, files: Sequence[Path]) -> FoundNames:
    """Names in files that were chosen with a label map; what the first names, later ones do not change.

    A file beside it that describes the image, not its labels, is passed over, and that is said.

    Raises:
        ImageFormatError: the files name no labels, or one of them cannot be used.
    """
    names: dict[int, LabelName] = {}
    others: list[tuple[Path, NoNamesError]] = []
    for path in files:
        try:
            names = names_in(path) | names
        except NoNamesError as error:
            others.append((path, error))
    for path, no_names in others:
        if not names and _stem(path) != _stem(image):
            raise no_names
    return FoundNames(names, tuple(f"'{path.name}' names no labels." for path, _ in others))


def names_beside(image: Path) -> FoundNames:
    """Names in the first file beside a label map that has some.

    That is a file of the same name, the table of its BIDS data set, or the ``dataset.json`` in its folder or
    the one above, as nnU-Net and MONAI have it. Files that name no labels are passed over.
    """
    notes: list[str] = []
    for path in _candidates(image):
        try:
            if names := names_in(path):
                return FoundNames(names, tuple(notes))
        except NoNamesError:
            continue
        except ImageFormatError as error:
            notes.append(f"'{path.name}' was not used: {error}")
        except OSError:
            continue
    return FoundNames({}, tuple(notes))


def names_among(image: Path, files: Sequence[Path]) -> FoundNames:
    """Like :func:`names_beside`, of files that came in one folder or archive with the label map."""
    described = [path for path in files if path.name.lower().endswith(suffixes())]
    described.sort(key=lambda path: _stem(path) != _stem(image))
    for path in described[:_MAX_FILES]:
        try:
            if names := names_in(path):
                return FoundNames(names)
        except (ImageFormatError, OSError):
            continue
    return FoundNames()


def _candidates(image: Path) -> Iterator[Path]:
    folder, stem = image.resolve().parent, _stem(image)
    for suffix in suffixes():
        yield from _if_file(folder / f"{stem}{suffix}")
    parts = set(stem.split("_"))
    if "dseg" in parts:
        tables = sorted(folder.glob(f"*{_BIDS_TABLE}"), key=lambda path: (-path.name.count("_"), path.name))
        yield from (path for path in tables if set(_stem(path).split("_")) <= parts)
    yield from _if_file(folder / _DATASET)
    yield from _if_file(folder.parent / _DATASET)


def _if_file(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path


def _stem(path: Path) -> str:
    """The name without the ending of an image, a segmentation or a description."""
    stem = formats.stem(without_number(path.name))
    for suffix in (*suffixes(), ".seg"):
        stem = stem.removesuffix(suffix)
    return stem
