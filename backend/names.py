"""Names that people give."""

from __future__ import annotations

import unicodedata

from backend.errors import InvalidRequestError
from backend.schemas.limits import MAX_NAME_LENGTH
from fewshot_sam.data.text import cut_characters, on_one_line


def clean_name(name: str, noun: str) -> str:
    """A name as :func:`tidy_name` makes it. Raises InvalidRequestError where nothing is left."""
    cleaned = tidy_name(name)
    if not cleaned:
        raise InvalidRequestError(f"The {noun}'s name must not be empty. Type a name.")
    return cleaned


def tidy_name(name: str) -> str:
    """A name for people: trimmed, on one line, at most 200 characters; empty where it holds none to see."""
    return cut_characters(on_one_line(name), MAX_NAME_LENGTH).rstrip()


def is_same_name(name: str, other: str) -> bool:
    """Whether two names differ at most in capital letters and in the way accents are stored."""
    return _as_compared(name) == _as_compared(other)


def _as_compared(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
