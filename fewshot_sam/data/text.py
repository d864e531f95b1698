"""Names from people and files: which characters stay, and where a long one is cut.

Letters of every script stay as they are, joined emoji and the joiners that Persian and Indic scripts are
spelt with too. What has no place on a line is replaced: control characters, marks of direction, halves
of surrogate pairs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

_NON_JOINER, _JOINER = "\u200c", "\u200d"
_SHOWN_FORMATS = frozenset(
    (_NON_JOINER, _JOINER, *map(chr, range(0x600, 0x606)), "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2",
     "\U000110bd", "\U000110cd")
)  # fmt: skip
"""Characters of the category "format" that are part of a spelling: joiners, and signs before digits."""
_REPLACED = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MARKS = ("Mn", "Mc", "Me")
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")
_MEDIAL_AND_FINAL_JAMO = ("\u1160", "\u11ff")


def printable(text: str, instead: str = " ") -> str:
    """The text with ``instead`` for each character that has no place on a line; blanks become spaces."""
    return "".join(_shown(character, instead) for character in text)


def _shown(character: str, instead: str) -> str:
    if " " <= character <= "~" or character in _SHOWN_FORMATS:
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return instead if category in _REPLACED or _is_no_character(ord(character)) else character


def _is_no_character(code: int) -> bool:
    """Whether Unicode will never give the code a meaning."""
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def on_one_line(text: str) -> str:
    """The printable text, trimmed, with one space where there were several."""
    return " ".join(printable(text).split())


def cut_characters(text: str, max_characters: int) -> str:
    """The beginning of a text, at most so many code points, cut where a reader sees a letter end."""
    return _cut(text, max_characters, len)


def cut_bytes(text: str, max_bytes: int) -> str:
    """The beginning of a text, at most so many bytes in UTF-8, cut where a reader sees a letter end."""
    return _cut(text, max_bytes, lambda part: len(part.encode("utf-8", "surrogatepass")))


def _cut(text: str, longest: int, length: Callable[[str], int]) -> str:
    if length(text) <= longest:
        return text
    kept, used = [], 0
    for letter in _letters(text):
        used += length(letter)
        if used > longest:
            break
        kept.append(letter)
    if kept or not text:
        return "".join(kept)
    return _cut_within(text, longest, length)


def _cut_within(text: str, longest: int, length: Callable[[str], int]) -> str:
    """The beginning of a letter that is too long as a whole, as one with hundreds of accents is."""
    end = used = 0
    while end < len(text) and (used := used + length(text[end])) <= longest:
        end += 1
    return text[:end]


def _letters(text: str) -> Iterator[str]:
    """What a reader sees as one: a letter with its accents, a syllable, an emoji and what is joined."""
    start = flags = 0
    for index in range(1, len(text)):
        flags = flags + 1 if _between(text[index - 1], _FLAG_LETTERS) else 0
        if not _goes_on(text[index - 1], text[index], flags % 2 == 1):
            yield text[start:index]
            start = index
    if text:
        yield text[start:]


def _goes_on(before: str, character: str, after_half_a_flag: bool) -> bool:
    if before == _JOINER or character in (_JOINER, _NON_JOINER):
        return True
    if _between(character, _FLAG_LETTERS):
        return after_half_a_flag
    return (
        _between(character, _SKIN_TONES)
        or _between(character, _MEDIAL_AND_FINAL_JAMO)
        or unicodedata.category(character) in _MARKS
    )


def _between(character: str, ends: tuple[str, str]) -> bool:
    return ends[0] <= character <= ends[1]
