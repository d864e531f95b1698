"""Names that people give."""

from __future__ import annotations

from backend.errors import InvalidRequestError


def clean_name(name: str, noun: str) -> str:
    """A name for people: trimmed, on one line, at most 200 characters. Raises InvalidRequestError."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200]
    if not cleaned:
        raise InvalidRequestError(f"The {noun}'s name must not be empty. Type a name.")
    return cleaned
