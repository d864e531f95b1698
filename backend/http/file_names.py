"""Names of files: of uploads, which every file system takes and which never meet, and of downloads."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

from fewshot_sam.data.file_names import MAX_FILE_NAME_BYTES, as_compared, cut_file_name, safe_file_name
from fewshot_sam.io.parsing.uploaded import UPLOAD_NUMBER

MAX_NAME_BYTES = MAX_FILE_NAME_BYTES


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
        while as_compared(name) in self._taken:
            number = f"{UPLOAD_NUMBER}{self._count:05d}_"
            name = number + cut_file_name(wanted, MAX_NAME_BYTES - len(number))
            self._count += 1
        self._count += 1
        self._taken.add(as_compared(name))
        return self._folder / name


def content_disposition(name: str) -> str:
    """The header by which a browser keeps an answer under ``name`` (RFC 6266).

    Headers are ASCII: the name itself is percent-encoded, and old programs get what is left of its letters
    without accents.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    fallback = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip("._-") or "file"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
