"""Names for uploaded files that every file system takes, and that never meet."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

MAX_NAME_BYTES = 150  # file systems take 255 bytes; this allows for a prefix and a temporary ending


class FileNames:
    """Gives files of one upload paths in ``folder``.

    A folder upload may hold files of one name in several folders, and file systems that ignore case
    or the form of accents take more names for the same: those get a number in front.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._count = 0

    def new_path(self, client_name: str) -> Path:
        """A path that no earlier file of this upload has."""
        wanted = name = safe_file_name(client_name)
        while _as_compared(name) in self._taken:
            name = f"{self._count:05d}_{wanted}"
            self._count += 1
        self._count += 1
        self._taken.add(_as_compared(name))
        return self._folder / name


def safe_file_name(name: str) -> str:
    """The last part of a client's path, shortened from the front, without odd characters."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(character if character.isprintable() else "_" for character in last)
    cleaned = re.sub(r'[<>:"|?*\ufffd]', "_", plain).strip(" ")
    ending = cleaned.encode("utf-8", "replace")[-MAX_NAME_BYTES:].decode("utf-8", "ignore")
    return ending.lstrip(".").rstrip(". ") or "file"


def _as_compared(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
