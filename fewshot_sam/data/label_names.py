"""What files call the codes of a label map."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.data.text import cut_characters, on_one_line
from fewshot_sam.errors import ImageFormatError

MAX_CODE = 65535
"""Largest code of a label; 0 is background."""
MAX_LABEL_NAME = 200
_COLORS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45")


@dataclass(frozen=True)
class LabelName:
    """A label's name, and its colour as #rrggbb and what it is in a terminology where a file says so."""

    name: str
    color: str | None = None
    term: SegmentTerm | None = None

    @classmethod
    def of(cls, name: object, color: object = None) -> LabelName:
        """As a file states them: the name on one line and cut, the colour left out where it is none.

        Args:
            name: a text or a number.
            color: "#rrggbb", or three numbers from 0 to 255.

        Raises:
            TypeError, ValueError: the name is no text.
        """
        if isinstance(name, bool) or not isinstance(name, str | int | float):
            raise TypeError("a name must be a text")
        text = str(name)
        text.encode("utf-8")  # raises ValueError for half a surrogate pair, which nothing can store
        return cls(cut_characters(on_one_line(text), MAX_LABEL_NAME), _color_of(color))


def default_color(place: int) -> str:
    """#rrggbb for a label without a colour, by its place among the labels."""
    return _COLORS[place % len(_COLORS)]


def collected(pairs: Iterable[tuple[int, LabelName]]) -> dict[int, LabelName]:
    """Names by code, without background and codes whose name is empty.

    Raises:
        ImageFormatError: a code has two names.
    """
    found: dict[int, LabelName] = {}
    for code, label in pairs:
        if not code or not label.name:
            continue
        if code in found and found[code].name != label.name:
            raise ImageFormatError(
                f"The labels' names must be one for each code, but code {code} is both "
                f"'{found[code].name}' and '{label.name}'. Correct the file."
            )
        found.setdefault(code, label)
    return found


def code_of(stated: object) -> int:
    """A code as a file states it.

    Raises:
        TypeError, ValueError: not a whole number.
        ImageFormatError: not from 0 to 65535.
    """
    if isinstance(stated, str) and not re.fullmatch(r"\s*[+-]?[0-9]+\s*", stated):
        raise ValueError("a code must be a whole number")
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        raise TypeError("a code must be a number")
    code = int(stated)
    if not isinstance(stated, str) and code != stated:
        raise ValueError("a code must be a whole number")
    if not 0 <= code <= MAX_CODE:
        raise ImageFormatError(
            f"A code of a label must be from 0 to {MAX_CODE}, got {str(stated)[:20]}. Correct the file."
        )
    return code


def _color_of(stated: object) -> str | None:
    if isinstance(stated, str):
        return stated.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", stated) else None
    if not isinstance(stated, list | tuple) or len(stated) not in (3, 4):
        return None
    parts = [part for part in stated[:3] if isinstance(part, int) and 0 <= part <= 255]
    return "#" + "".join(f"{part:02x}" for part in parts) if len(parts) == 3 else None
