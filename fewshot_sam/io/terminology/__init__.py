"""What a label may be: terms of SNOMED CT that DICOM uses for segments, found by what people call them.

Example:
    >>> from fewshot_sam.io.terminology import match, search
    >>> [term.words for term in search("right kidney", limit=1)]
    ['Kidney, right']
    >>> match("vertebrae_L5").type.value
    '49668003'
    >>> match("portal_vein_and_splenic_vein") is None
    True
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.io.terminology.known import ALSO_CALLED, PAIRED, SAYS_TOO_LITTLE
from fewshot_sam.io.terminology.listed import TISSUE, listed_terms
from fewshot_sam.io.terminology.words import Words, key_of, words_of

UNKNOWN = SegmentTerm(TISSUE, TISSUE)
"""Of a label of which nobody said what it is.

Tissue of the category Tissue: both are in DICOM's own value sets (CID 7150 and 7191), which "Anatomical
Structure" as a type is not; it claims nothing of organ or lesion; and 3D Slicer's segments begin with it.
"""

_SIDES = {"left": CodedTerm("SCT", "7771000", "Left"), "right": CodedTerm("SCT", "24028007", "Right")}


@dataclass(frozen=True)
class _Entry:
    """A term, and all that it is called as lines of words with spaces around each; its own name first."""

    term: SegmentTerm
    lines: tuple[str, ...]

    @property
    def has_side(self) -> bool:
        return any(f" {side} " in self.lines[0] for side in _SIDES)

    def rank(self, asked: Words) -> int | None:
        """How well it is what was asked for, 0 the best; None where it is not."""
        return min((rank for line in self.lines if (rank := _rank(line, asked)) is not None), default=None)


def search(words: str, limit: int = 20) -> list[SegmentTerm]:
    """Terms by name or code, the likeliest first.

    The exact name comes first, then names that begin with the words, then those that hold all of them in any
    order, then those whose words begin with them. "left" or "right" becomes the modifier of terms that do not
    say a side themselves.

    Args:
        words: such as "right kidney", "oesophagus" or "10200004".
        limit: the most terms.
    """
    asked = words_of(words)
    found = [(rank, entry.term) for rank, entry in _ranked(asked)]
    sides = [word for word in asked if word in _SIDES]
    if len(sides) == 1:
        side, rest = _SIDES[sides[0]], tuple(word for word in asked if word not in _SIDES)
        found += [
            (rank, replace(entry.term, modifier=side)) for rank, entry in _ranked(rest) if not entry.has_side
        ]
    found.sort(key=_order)
    return [term for _, term in found[:limit]]


def match(name: str) -> SegmentTerm | None:
    """The one term that a label's name says, such as the right kidney for "kidney_right".

    None where it says none, something that labels call other things too, more than a term has ("rib_left_7"),
    or a side of what has no sides.
    """
    words = words_of(name)
    if all(word.isdigit() for word in words):  # a number, which may be a code by chance
        return None
    entry = _index().get(key_of(words))
    if entry is not None:
        return None if entry.term.type.meaning in SAYS_TOO_LITTLE else entry.term
    sides = [word for word in words if word in _SIDES]
    entry = _index().get(key_of(word for word in words if word not in _SIDES))
    if len(sides) != 1 or entry is None or entry.term.type.meaning not in PAIRED:
        return None
    return replace(entry.term, modifier=_SIDES[sides[0]])


def _ranked(asked: Words) -> list[tuple[int, _Entry]]:
    if not asked:
        return []
    return [(rank, entry) for entry in _entries() if (rank := entry.rank(asked)) is not None]


def _rank(line: str, asked: Words) -> int | None:
    if not all(f" {word}" in line for word in asked):
        return None
    if key_of(line.split()) == key_of(asked):
        return 0
    if line.startswith(f" {' '.join(asked)}"):
        return 1
    return 2 if all(f" {word} " in line for word in asked) else 3


def _order(found: tuple[int, SegmentTerm]) -> tuple[int, bool, int, int, str]:
    """The best first; of equally good ones those that say a side themselves, then short names."""
    rank, term = found
    name = term.type.meaning
    return rank, term.modifier is not None, len(words_of(name)), len(name), name.casefold()


@cache
def _entries() -> tuple[_Entry, ...]:
    """The whole list, made when first asked for."""
    other_names: dict[str, list[str]] = {}
    for name, meaning in ALSO_CALLED.items():
        other_names.setdefault(meaning, []).append(name)
    return tuple(_entry(term, other_names.get(term.type.meaning, [])) for term in listed_terms())


def _entry(term: SegmentTerm, other_names: list[str]) -> _Entry:
    meaning = term.type.meaning
    names = [meaning, *other_names, term.type.value]
    if meaning in PAIRED and meaning.endswith(" muscle"):
        names.append(meaning.removesuffix(" muscle"))
    return _Entry(term, tuple(f" {' '.join(words_of(name))} " for name in names))


@cache
def _index() -> dict[Words, _Entry]:
    """The entries by all that they are called, in any order of words."""
    return {key_of(line.split()): entry for entry in _entries() for line in entry.lines}
