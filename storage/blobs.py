"""Content-addressed files: voxels, masks and models, each named by the SHA-256 of its bytes.

A blob is written to a temporary file, synced, renamed into place and its folder synced, so that a
key handed out always names a whole file, whatever was killed when. Keys look like
``<64 hex digits>.<kind>``. Blobs never change; the same content is stored once. Disks fail, so a
blob's bytes are compared with its name when a process first reads it (:meth:`BlobStore.verified_path`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from storage.errors import DamagedBlobError, MissingBlobError, UnreadableBlobError

_KEY = re.compile(r"[0-9a-f]{64}\.[a-z0-9.]{1,15}")
_Stamp = tuple[int, int, int]  # inode, modification time in ns, bytes


class BlobStore:
    """Blobs under the folder ``root``. Safe for several threads and processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[str, _Stamp] = {}
        self._verifying = threading.Lock()
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
            key = f"{sha256_of(incoming)}.{kind}"
            target = self.path(key)
            target.parent.mkdir(exist_ok=True)
            incoming.replace(target)
            sync_folder(target.parent)
            sync_folder(self.root)
            self._verified[key] = _stamp(target, key)
        finally:
            incoming.unlink(missing_ok=True)
        return key

    def path(self, key: str) -> Path:
        """Where the blob ``key`` is stored. Raises ValueError when ``key`` is not a key."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"A blob key must be a SHA-256 and an ending, got {key!r}.")
        return self.root / key[:2] / key

    def verified_path(self, key: str) -> Path:
        """The path of the blob, once its bytes are known to be those that were stored.

        The file is hashed at the first call of this process, and again only if it was replaced since.

        Raises:
            MissingBlobError: it is not stored.
            DamagedBlobError: its SHA-256 is not the one in its name.
            ValueError: ``key`` is not a key.
        """
        path = self.path(key)
        if self._verified.get(key) != _stamp(path, key):
            with self._verifying:
                stamp = _stamp(path, key)
                if self._verified.get(key) != stamp:
                    require_intact(path, key)
                    self._verified[key] = stamp
        return path

    def exists(self, key: str) -> bool:
        """Whether the blob is stored."""
        return self.path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the blob; harmless if it is gone."""
        self.path(key).unlink(missing_ok=True)
        self._verified.pop(key, None)

    def keys(self) -> list[str]:
        """All stored keys."""
        return list(stored_files(self.root))

    def clear_incoming(self) -> None:
        """Remove what interrupted writes left. Only when no other process writes."""
        for path in (self.root / "incoming").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def is_key(name: str) -> bool:
    """Whether a name has the form of a key."""
    return _KEY.fullmatch(name) is not None


def stored_files(root: Path) -> dict[str, Path]:
    """The files of all blobs in a store's folder, by key.

    What has the name of a key but is in another folder than the key's, or is no file, is no blob.
    """
    found = (path for path in root.glob("??/*") if is_key(path.name) and path.parent.name == path.name[:2])
    return {path.name: path for path in found if path.is_file()}


def move_file(path: Path, target: Path, part: Path) -> None:
    """Move a file, to another disk too: ``target`` is the whole file or not there, whatever is interrupted.

    Args:
        part: beside ``target`` on its disk; used where the file must be copied.
    """
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with path.open("rb") as source, part.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        part.replace(target)
        sync_folder(target.parent)
        path.unlink()
    else:
        sync_folder(target.parent)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_intact(path: Path, key: str) -> None:
    """Raise DamagedBlobError unless the file's SHA-256 is the one in ``key``."""
    try:
        intact = sha256_of(path) == key.partition(".")[0]
    except FileNotFoundError:
        raise _missing(key) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableBlobError(f"The stored file {key} cannot be read ({reason}).", key) from error
    if not intact:
        raise DamagedBlobError(f"The stored file {key} is damaged: its content is not what was stored.", key)


def _stamp(path: Path, key: str) -> _Stamp:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise _missing(key) from None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _missing(key: str) -> MissingBlobError:
    return MissingBlobError(f"The stored file {key} is missing.", key)


def sync_folder(folder: Path) -> None:
    """Wait until a renaming in the folder is on the disk."""
    if os.name == "nt":  # Windows has no handle on folders to sync
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
