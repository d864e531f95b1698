"""What masks of unrelated pictures are called, and which picture a mask is of by its name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from fewshot_sam.data.file_names import MAX_FILE_NAME_BYTES, as_compared, free_name, numbered, safe_file_name
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.text import cut_bytes
from fewshot_sam.errors import ImageFormatError

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
    return [free_name(numbered(stem, ".png"), taken) for stem in stems]


def _meeting(stems: Sequence[str]) -> list[int]:
    often = Counter(map(as_compared, stems))
    return [index for index, stem in enumerate(stems) if often[as_compared(stem)] > 1]


def _stem(text: str) -> str:
    """The text as a file of every system may be called, however a zip or an upload has changed it since."""
    return cut_bytes(safe_file_name(text), _MAX_STEM_BYTES).rstrip(". ")


def _earlier_mask_names(pictures: Sequence[Picture]) -> list[str]:
    """What masks were called until November 2026, odd characters as they are; two might meet."""
    stems = [PurePath(picture.name).stem for picture in pictures]
    often = Counter(map(str.casefold, stems))
    return [
        f"{stem if often[stem.casefold()] == 1 else picture.name}.png"
        for stem, picture in zip(stems, pictures, strict=True)
    ]


def mask_places(names: Sequence[str], pictures: Sequence[Picture]) -> list[int | None]:
    """Which picture each of the files ``names`` is a mask of; None where no picture is called so.

    Where all masks of an export are there, its naming decides. Else a file is of the picture that has its
    very name, with whichever ending, or whose mask an export calls so; where none is, of the one that differs
    in case alone; and at last of the one that differs in what uploads and file systems change.

    Raises:
        ImageFormatError: a file may be of several pictures by the first of these rules that finds one.
    """
    exports = (mask_names(pictures), _earlier_mask_names(pictures))
    given = set(names)
    whole = next((found for found in map(_by_text, exports) if found.keys() <= given), {})
    rules = [_Rule(pictures, exports, same) for same in (str, str.casefold, _reduced)]
    places = []
    for name in names:
        found = whole.get(name) or next(filter(None, (rule.find(name) for rule in rules)), set[int]())
        if len(found) > 1:
            one, other, *_ = (pictures[index].name for index in sorted(found))
            raise ImageFormatError(
                f"The mask '{name}' may be of '{one}' or of '{other}'. Call it as its picture, letter by "
                "letter, or give the masks of all pictures together, as they were exported."
            )
        places.append(next(iter(found), None))
    return places


class _Rule:
    """Finds the pictures that a file may be a mask of, where ``same`` makes one text of both names."""

    def __init__(
        self, pictures: Sequence[Picture], exports: Sequence[Sequence[str]], same: Callable[[str], str]
    ) -> None:
        self._same = same
        self._whole = _by_text(same(picture.name) for picture in pictures)
        self._stems = _by_text(same(PurePath(picture.name).stem) for picture in pictures)
        self._exports = [_by_text(map(same, names)) for names in exports]

    def find(self, name: str) -> set[int]:
        """Their indices: what the name itself says, and what each way of exporting says."""
        own, stem = self._same(name), self._same(PurePath(name).stem)
        found = (
            self._whole.get(own)
            or self._stems.get(stem)
            or self._whole.get(stem)  # with an ending behind its picture's
            or self._stems.get(own)  # its picture has an ending behind the mask's
            or set[int]()
        )
        return found.union(*(names.get(own, ()) for names in self._exports))


def _by_text(texts: Iterable[str]) -> dict[str, set[int]]:
    found = defaultdict[str, set[int]](set)
    for index, text in enumerate(texts):
        found[text].add(index)
    return dict(found)


def _reduced(text: str) -> str:
    """What is left of a name wherever it went through."""
    return as_compared(safe_file_name(text))
