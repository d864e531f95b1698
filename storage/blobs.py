"""Content-addressed files: voxels, masks and decoders, each named by the SHA-256 of its bytes.

A blob is written to a temporary file, synced, renamed into place and its folder synced, so that a
key handed out always names a whole file, whatever was killed when. Keys look like
``<64 hex digits>.<kind>``. Blobs never change; the same content is stored once.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_KEY = re.compile(r"[0-9a-f]{64}\.[a-z0-9.]{1,15}")


class BlobStore:
    """Blobs under the folder ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "incoming").mkdir(parents=True, exist_ok=True)

    def put(self, kind: str, write: Callable[[BinaryIO], object]) -> str:
        """Store what ``write`` puts into the binary file it is given.

        ``kind`` is the file ending ("npy"). Returns the key. On an exception nothing remains.
        """
        descriptor, name = tempfile.mkstemp(dir=self.root / "incoming")
        incoming = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            with incoming.open("rb") as file:
                key = f"{hashlib.file_digest(file, 'sha256').hexdigest()}.{kind}"
            target = self.path(key)
            target.parent.mkdir(exist_ok=True)
            incoming.replace(target)
            _sync_folder(target.parent)
            _sync_folder(self.root)
        finally:
            incoming.unlink(missing_ok=True)
        return key

    def path(self, key: str) -> Path:
        """Where the blob ``key`` lies. Raises ValueError when ``key`` is not a key."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"A blob key must be a SHA-256 and an ending, got {key!r}.")
        return self.root / key[:2] / key

    def exists(self, key: str) -> bool:
        """Whether the blob is stored."""
        return self.path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the blob; harmless if it is gone."""
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> list[str]:
        """All stored keys."""
        return [path.name for path in self.root.glob("??/*") if _KEY.fullmatch(path.name)]

    def clear_incoming(self) -> None:
        """Remove what interrupted writes left. Only when no other process writes."""
        for path in (self.root / "incoming").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle on folders to sync
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
