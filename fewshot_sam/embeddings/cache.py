"""Slice embeddings on disk, computed once per volume, plane, encoder and window.

One folder per volume and plane: ``embeddings.f16`` (slices, C, h, w) float16, ``done.u8`` (one byte a
slice, 1 when its embedding is complete) and ``meta.json``. The embedding is written before its byte,
so a process killed at any moment leaves whole slices. Two processes may fill the same entry: what they
write is identical.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fewshot_sam.data.folders import files_below
from fewshot_sam.errors import UserError

IN_USE_S = 3600.0
_META, _DATA, _DONE = "meta.json", "embeddings.f16", "done.u8"


@dataclass(frozen=True)
class CacheKey:
    """What an entry was computed from; any difference is another entry.

    Attributes:
        content_hash: the volume's.
        plane: the plane's name.
        encoder: the encoder's signature.
        preparation: window, sizes and version of the preprocessing.
        slices: number of slices.
        embedding_shape: (C, h, w) of one slice.
    """

    content_hash: str
    plane: str
    encoder: str
    preparation: str
    slices: int
    embedding_shape: tuple[int, int, int]

    @property
    def folder_name(self) -> str:
        """Hash of all fields, preceded by the volume's so that a volume's entries share a prefix."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.content_hash[:16]}-{digest[:24]}"


class Embeddings:
    """One entry of the cache: embeddings of a volume's slices, some perhaps not yet computed.

    Attributes:
        key: what the entry was computed from.
    """

    def __init__(self, folder: Path, key: CacheKey) -> None:
        self.key = key
        self._folder = folder
        shape = (key.slices, *key.embedding_shape)
        self._data = np.memmap(folder / _DATA, np.float16, "r", shape=shape)
        self._done = np.memmap(folder / _DONE, np.uint8, "r", shape=(key.slices,))

    def __len__(self) -> int:
        return self.key.slices

    @property
    def done(self) -> np.ndarray:
        """(slices,) bool: which slices can be read; other processes' work shows up too."""
        return np.asarray(self._done) == 1

    def read(self, index: int) -> np.ndarray:
        """(C, h, w) float16 of a finished slice; a view of the file, not to be written to.

        Raises:
            KeyError: if the slice is not done.
        """
        if self._done[index] != 1:
            raise KeyError(f"slice {index} has no embedding yet")
        return self._data[index]

    def write(self, index: int, embedding: np.ndarray) -> None:
        """Store (C, h, w), any float type, and mark the slice done.

        Raises:
            UserError: if the disk is full.
        """
        if embedding.shape != self.key.embedding_shape:
            raise ValueError(
                f"the embedding must have shape {self.key.embedding_shape}, got {embedding.shape}"
            )
        data = np.ascontiguousarray(embedding, dtype=np.float16).tobytes()
        try:
            _write_at(self._folder / _DATA, index * len(data), data, durable=True)
            _write_at(self._folder / _DONE, index, b"\x01")
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise UserError(
                f"The disk of the embedding cache {self._folder.parent} is full; free some space on it."
            ) from error


class EmbeddingCache:
    """The folder that holds all entries. Safe for several processes and threads at once."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def open(self, key: CacheKey) -> Embeddings:
        """The entry of ``key``, made empty if there is none; a damaged one is made anew."""
        folder = self.root / key.folder_name
        if not _is_whole(folder, key):
            # Entries appear whole, so one that exists now may be another thread's, made since the first look.
            if folder.exists() and not _is_whole(folder, key):
                shutil.rmtree(folder, ignore_errors=True)
            self._create(folder, key)
        os.utime(folder)
        return Embeddings(folder, key)

    def remove_volume(self, content_hash: str) -> None:
        """Delete all entries of a volume; readers that have one open keep it."""
        for folder in self.root.glob(f"{content_hash[:16]}-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def size_bytes(self) -> int:
        """Bytes of all entries, unwritten slices included."""
        return sum(file.st_size for folder in self.root.glob("*-*") for file in files_below(folder))

    def trim(self, max_bytes: int, in_use_s: float = IN_USE_S) -> int:
        """Delete the entries used least recently until the others fit into ``max_bytes`` of disk.

        Entries opened or written to in the last ``in_use_s`` seconds stay: another process may use them.
        What is deleted is computed again when it is needed. Returns the bytes that were freed.
        """
        entries = sorted(_entries_by_use(self.root))
        surplus = sum(size for _, size, _ in entries) - max_bytes
        freed = 0
        for used_at, size, folder in entries:
            if freed >= surplus or used_at > time.time() - in_use_s:
                break
            shutil.rmtree(folder, ignore_errors=True)
            freed += size
        return freed

    def _create(self, folder: Path, key: CacheKey) -> None:
        """Fill a private folder, then give it its name: others see nothing or all of it."""
        self.root.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
        for name, size in _file_sizes(key).items():
            with (draft / name).open("wb") as file:
                file.truncate(size)
        (draft / _META).write_text(json.dumps(asdict(key), indent=1))
        try:
            draft.rename(folder)
        except OSError:
            shutil.rmtree(draft)
            if not _is_whole(folder, key):  # it was not another process that came first
                raise


def _entries_by_use(root: Path) -> list[tuple[float, int, Path]]:
    """When each entry was used last, its bytes on disk (slices not yet written take none), its folder."""
    entries = []
    for folder in root.glob("*-*"):
        try:
            files = [file.stat() for file in folder.iterdir()]
            used_at = max(found.st_mtime for found in (folder.stat(), *files))  # opened, or a slice written
            entries.append((used_at, sum(found.st_blocks * 512 for found in files), folder))
        except OSError:  # deleted by another process meanwhile
            continue
    return entries


def _file_sizes(key: CacheKey) -> dict[str, int]:
    return {_DATA: 2 * key.slices * int(np.prod(key.embedding_shape)), _DONE: key.slices}


def _is_whole(folder: Path, key: CacheKey) -> bool:
    try:
        return all((folder / name).stat().st_size == size for name, size in _file_sizes(key).items())
    except OSError:
        return False


def _write_at(path: Path, offset: int, data: bytes, durable: bool = False) -> None:
    """Write through the file, not the memory map: a full disk is then an error and not a crash.

    ``durable`` waits for the disk, so that a power cut cannot keep a later write and lose this one.
    """
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())
