"""Names of files: of uploads, which every file system takes and which never meet, and of downloads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

from fewshot_sam.data.file_names import MAX_FILE_NAME_BYTES, cut_file_name, free_name, safe_file_name
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

    def new_path(self, client_name: str) -> Path:
        """A path that no earlier file of this upload has."""
        return self._folder / free_name(self._names(safe_file_name(client_name)), self._taken)

    def _names(self, wanted: str) -> Iterator[str]:
        yield wanted
        for place in count(len(self._taken)):
            number = f"{UPLOAD_NUMBER}{place:05d}_"
            yield number + cut_file_name(wanted, MAX_NAME_BYTES - len(number))


def content_disposition(name: str) -> str:
    """The header by which a browser keeps an answer under ``name`` (RFC 6266).

    Headers are ASCII: the name itself is percent-encoded, and old programs get what is left of its letters
    without accents.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    fallback = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip("._-") or "file"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
