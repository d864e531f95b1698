"""Names of accounts that look the same although they are spelt otherwise.

Two names are compared by what a reader sees of them: NFKC makes one of width and fonts, letters of other
alphabets count as the Latin ones that they look like, and what is not seen counts for nothing. The table
holds Cyrillic, Greek and Armenian look-alikes (Unicode's UTS #39 has more); letters of any other alphabet
inside a Latin word are found by :func:`mixes_alphabets`.
"""

# ruff: noqa: RUF001
from __future__ import annotations

import unicodedata
from itertools import groupby

_LOOK_LIKE = str.maketrans(
    "АВЕЗКМНОРСТУХІЈЅҮԚԜӀЬ" "аегкорсухѕіјһԁԛԝѵӏпт" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "αγικνορσυχηωτς" "օոսհզցյՕՏՍ" "ıɑɡ" "Il1|0",
    "abe3kmhopctyxljsyqwlb" "aerkopcyxsijhdqwvlnt" "abezhlkmnoptyx"
    "ayikvopouxnwtc" "onuhqgjosu" "iag" "llllo",
)  # fmt: skip
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d\u180f")
JOINERS = "\u200c\u200d"  # which some scripts are spelt with, and which are not seen


def is_unseen(character: str) -> bool:
    """Whether a character of a name is not seen, or changes how others are shown."""
    code = ord(character)
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") or character in _UNSEEN or is_selector


def without_unseen(name: str) -> str:
    """The name without what is not seen, but for joiners that its script is spelt with."""
    return "".join(each for each in name if each in JOINERS or not is_unseen(each))


def mixes_alphabets(name: str) -> bool:
    """Whether a word of the name holds letters of the Latin alphabet and of another one."""
    for is_word, letters in groupby(unicodedata.normalize("NFKC", name), str.isalpha):
        if is_word and len({_is_latin(letter) for letter in letters}) > 1:
            return True
    return False


def looks(name: str) -> str:
    """The same for names that a reader takes for the same."""
    seen = "".join(each for each in unicodedata.normalize("NFKD", name) if not is_unseen(each))
    # First as it is written: a capital letter looks like other ones than its small letter.
    return " ".join(seen.translate(_LOOK_LIKE).casefold().translate(_LOOK_LIKE).split())


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")
