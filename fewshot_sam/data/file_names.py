"""Names of files that every file system takes, with the letters that they were given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from fewshot_sam.data.text import cut_bytes, printable

MAX_FILE_NAME_BYTES = 255
"""What file systems take."""

_CLUTTER = ("__macosx", "@eadir", "thumbs.db", "desktop.ini")
"""What file managers of macOS, Synology and Windows write, besides hidden files."""
_MAX_ENDING_BYTES = 20
_RESERVED_CHARACTERS = re.compile(r'[<>:"|?*\\/\ufffd]')
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?=\.|$)", re.IGNORECASE)
"""Devices of Windows, whatever ending follows."""


def is_clutter(parts: Sequence[str]) -> bool:
    """Whether a file is one that systems leave beside others, by the parts of its path; hidden ones are."""
    return any(part.lower() in _CLUTTER or (part.startswith(".") and part.strip(".") != "") for part in parts)


def safe_characters(text: str) -> str:
    """The text with an underscore for each character that a file system may not take."""
    return _RESERVED_CHARACTERS.sub("_", printable(text, "_"))


def without_device(name: str) -> str:
    """The name, changed where Windows would take it for a device."""
    return _RESERVED_NAMES.sub(r"\1_", name) if _RESERVED_NAMES.match(name) else name


def safe_file_name(name: str) -> str:
    """The last part of a path, cut between letters before its ending, without odd characters."""
    plain = safe_characters(re.split(r"[\\/]", name)[-1]).strip(". ") or "file"
    return cut_file_name(without_device(plain))


def as_compared(name: str) -> str:
    """What is the same of two names that a file system may take for one: without case or form of accents."""
    return unicodedata.normalize("NFKC", name).casefold()


def free_name(names: Iterable[str], taken: set[str], compared: Callable[[str], str] = as_compared) -> str:
    """The first of the names that is not taken; it is added to ``taken``.

    Args:
        compared: what is the same of names that meet; as it is, of all that a file system may take for one.

    Example:
        >>> taken = set()
        >>> [free_name(numbered(stem, ".png"), taken) for stem in ("a", "A", "b", "a")]
        ['a.png', 'A (2).png', 'b.png', 'a (3).png']
    """
    name = next(name for name in names if compared(name) not in taken)
    taken.add(compared(name))
    return name


def numbered(stem: str, suffix: str = "", mark: str = " ({})") -> Iterator[str]:
    """``stem`` and ``suffix``, then endlessly with a number between them, from 2."""
    yield f"{stem}{suffix}"
    yield from (f"{stem}{mark.format(number)}{suffix}" for number in count(2))


def cut_file_name(name: str, max_bytes: int = MAX_FILE_NAME_BYTES) -> str:
    """The name with its ending, cut between two letters before it where it is longer than ``max_bytes``."""
    if len(name.encode("utf-8", "surrogatepass")) <= max_bytes:
        return name
    ending = _ending(name)
    room = max_bytes - len(ending.encode("utf-8", "surrogatepass"))
    return cut_bytes(name.removesuffix(ending), room).rstrip(". ") + ending


def _ending(name: str) -> str:
    """The last ending, with the one before it if they are a compressed file's (``.nii.gz``)."""
    found = re.search(r"(\.[^. ]{1,8}\.(?:gz|bz2|xz)|\.[^. ]{1,8})$", name)
    ending = found[0] if found else ""
    return ending if len(ending.encode("utf-8", "surrogatepass")) <= _MAX_ENDING_BYTES else ""
