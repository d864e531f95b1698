"""Names of training sets and of their cases."""

from __future__ import annotations

import re
import unicodedata

_MAX_WORD = 60


def ascii_word(text: str, otherwise: str = "Labels") -> str:
    """The text as one word that any program takes for a folder: ASCII letters and digits, "_" between words.

    Example:
        >>> ascii_word("Läber, 2nd try!"), ascii_word("肝臓")
        ('Laber_2nd_try', 'Labels')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:_MAX_WORD].rstrip("_") or otherwise


def case_name(number: int) -> str:
    """The name of a case that nothing is known of but its place, from 1."""
    return f"{number:03d}"
