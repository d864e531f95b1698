"""Files of calls: what callers sent and what was made for them, each in a folder with a name nobody guesses.

They are stored among the uploads, where the housekeeping deletes what has waited for an hour. Whoever knows
the name of a file may use it; where people log in, only the account that it belongs to.
"""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from pathlib import Path

from backend.errors import BusyError, NotFoundError

CALL_FOLDER = "/fewshot-sam-calls"
"""What paths of these files begin with for callers; there is no such folder."""
CALL_PATH = re.compile(rf"{CALL_FOLDER}/([0-9a-f]{{32}})/([^/\\\x00-\x1f]{{1,255}})")
MAX_WAITING = 500
"""Folders of calls that are there at once."""


class CallFiles:
    """Where files of calls are, and whose; safe for use by several threads.

    Args:
        folder: that of the uploads.
        by_account: people log in, so that a file is only its owner's.
    """

    def __init__(self, folder: Path, by_account: bool) -> None:
        self._folder = folder
        self._by_account = by_account
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}

    def new_folder(self, owner: str) -> Path:
        """An empty folder for files of a call. Raises BusyError where too many are there already."""
        with self._lock:
            self._owners = {name: each for name, each in self._owners.items() if self._at(name).is_dir()}
            if len(self._owners) >= MAX_WAITING:
                raise BusyError("Many files of other callers wait on this server. Try again later.")
            token = secrets.token_hex(16)
            self._at(token).mkdir(parents=True)
            self._owners[token] = owner
        return self._at(token)

    def path_of(self, file: Path) -> str:
        """What callers call a file in a folder of :meth:`new_folder`."""
        return f"{CALL_FOLDER}/{file.parent.name}/{file.name}"

    def found(self, path: object, owner: str) -> Path:
        """The file that a caller means. Raises NotFoundError where there is none, or it is another's."""
        match = CALL_PATH.fullmatch(path) if isinstance(path, str) else None
        if match is not None and match[2] not in (".", ".."):
            file = self._at(match[1]) / match[2]
            if self._is_of(match[1], owner) and file.is_file():
                return file
        raise NotFoundError(
            "There is no such file. Send it first (gradio_client: handle_file); files are deleted when their "
            "call ends, and after an hour."
        )

    def delete(self, folder: Path) -> None:
        """Delete a folder of :meth:`new_folder` with its files; harmless if it is gone."""
        shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            self._owners.pop(folder.name, None)

    def _is_of(self, token: str, owner: str) -> bool:
        with self._lock:
            known = self._owners.get(token)
        return known is not None and (known == owner or not self._by_account)

    def _at(self, token: str) -> Path:
        return self._folder / token
