"""Making a backup while others save.

The database is copied by SQLite's own backup, which sees one state of it. A blob is written before its
row and deleted after it, so the blobs that this state names are there, or were deleted together with
their rows since. What is not found is therefore looked for in another, later state: still named there,
it is lost, and the backup says so.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.backup_format import (
    COOKIE_KEY_NAME,
    DATABASE_NAME,
    MANIFEST_NAME,
    MAX_FILES,
    BackedUpFile,
    Manifest,
    blob_name,
)
from storage.blobs import is_key, sync_folder
from storage.database import sqlite_url
from storage.errors import BackupError, DatabaseBusyError, DatabaseDamagedError
from storage.inspection import named_blobs, one_line, reading

CHUNK_BYTES = 2**20
MAX_STATES = 20  # a state costs one copy of the database; only deletions make another necessary
_FASTEST = 1  # of zlib: voxels become half as large, and more effort gains little


@dataclass(frozen=True)
class BackupSource:
    """What is backed up.

    Attributes:
        database_url: of a SQLite database.
        blobs_folder: of the blobs that it names.
        cookie_key: the file of the key that signs cookies; it may not be there.
        program: the version of this program.
        wait_s: for a lock on the database.
    """

    database_url: str
    blobs_folder: Path
    cookie_key: Path
    program: str
    wait_s: float


def write_backup(source: BackupSource, target: Path) -> Manifest:
    """Write a backup to the new file ``target``: afterwards it is whole, or not there.

    Raises:
        BackupError: a file of this name is there, or the database changes faster than it can be copied.
        DatabaseUnusableError: the database cannot be read, or is damaged.
        OSError: the archive cannot be written.
    """
    if os.path.lexists(target):
        raise _exists(target)
    with tempfile.TemporaryDirectory(prefix=".fewshot-sam-backup-", dir=target.parent) as folder:
        part = Path(folder) / "backup.zip"
        with part.open("xb") as file:
            writer = _Writer(source, Path(folder) / DATABASE_NAME)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_FASTEST) as archive:
                manifest = writer.write(archive)
            file.flush()
            os.fsync(file.fileno())
        _publish(part, target)
    sync_folder(target.parent)
    return manifest


@dataclass
class _Writer:
    """Fills one archive.

    Attributes:
        copy: where the copy of the database is made.
        files: what is in the archive, by the name of its entry.
    """

    source: BackupSource
    copy: Path
    files: dict[str, BackedUpFile] = field(default_factory=dict)

    def write(self, archive: zipfile.ZipFile) -> Manifest:
        lost = self._write_blobs(archive)
        self._write_path(archive, DATABASE_NAME, self.copy)
        signed_since_s = None
        with suppress(FileNotFoundError):
            self._write_path(archive, COOKIE_KEY_NAME, self.source.cookie_key)
            signed_since_s = self.source.cookie_key.stat().st_mtime
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        files = tuple(self.files.values())
        manifest = Manifest(made_at, self.source.program, files, tuple(sorted(lost)), signed_since_s)
        archive.writestr(MANIFEST_NAME, manifest.to_bytes())
        return manifest

    def _write_blobs(self, archive: zipfile.ZipFile) -> set[str]:
        """Write the blobs of the newest state of the database. Returns those that are lost."""
        absent: set[str] = set()
        for _ in range(MAX_STATES):
            named = self._copy_database()
            wanted = sorted(key for key in named if blob_name(key) not in self.files)
            missing = {key for key in wanted if not self._write_blob(archive, key)}
            if missing <= absent:  # named after they were not found: no deletion explains that
                return missing
            absent |= missing
        raise BackupError(
            "Files are deleted faster than they can be backed up, so no backup was made. "
            "Try again when less is deleted."
        )

    def _copy_database(self) -> set[str]:
        self.copy.unlink(missing_ok=True)
        copy_database(self.source.database_url, self.source.wait_s, self.copy)
        with reading(sqlite_url(self.copy), self.source.wait_s) as connection:
            named = {key for key in named_blobs(connection) if is_key(key)}
        if len(named) >= MAX_FILES:
            raise BackupError(f"A backup holds at most {MAX_FILES} files, and the database names more.")
        return named

    def _write_blob(self, archive: zipfile.ZipFile, key: str) -> bool:
        """Write a blob that is whole; False if it is missing, damaged or cannot be read."""
        with ExitStack() as stack:
            try:
                blob = stack.enter_context((self.source.blobs_folder / key[:2] / key).open("rb"))
                if hashlib.file_digest(blob, "sha256").hexdigest() != key.partition(".")[0]:
                    return False
            except OSError:
                return False
            blob.seek(0)
            written = self._write_file(archive, blob_name(key), blob)
            if written.sha256 != key.partition(".")[0]:
                raise BackupError(f"The stored file {key} changed while it was read, so its disk fails.")
        return True

    def _write_path(self, archive: zipfile.ZipFile, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self._write_file(archive, name, file)

    def _write_file(self, archive: zipfile.ZipFile, name: str, file: BinaryIO) -> BackedUpFile:
        digest, size = hashlib.sha256(), 0
        with archive.open(name, "w", force_zip64=True) as entry:
            while piece := file.read(CHUNK_BYTES):
                digest.update(piece)
                size += len(piece)
                entry.write(piece)
        written = BackedUpFile(name, size, digest.hexdigest())
        self.files[name] = written
        return written


def copy_database(url: str, wait_s: float, target: Path) -> None:
    """Copy one state of a SQLite database, while others write to it, and check the copy's pages.

    Raises:
        DatabaseUnusableError: it cannot be read; DatabaseDamagedError: its pages are broken.
    """
    until = time.monotonic() + wait_s

    def give_up(_status: int, remaining: int, _total: int) -> None:
        if remaining and time.monotonic() > until:
            raise DatabaseBusyError(
                "The database is locked by another program, so no backup was made. "
                "End that program, then try again."
            )

    with _new_database(target) as copy:
        with reading(url, wait_s) as connection:
            raw = connection.connection.driver_connection
            raw.backup(copy, progress=give_up)  # type: ignore[union-attr]
        answer = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if answer != "ok":
        raise DatabaseDamagedError(
            f"The database is damaged ({one_line(str(answer))}), so no backup was made. "
            "`python -m fewshot_sam check` says what to do."
        )


@contextmanager
def _new_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new file, which has no log beside it when it is closed."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _publish(part: Path, target: Path) -> None:
    """Give the whole file its name, which nobody has taken meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:  # a disk without hard links
        if os.path.lexists(target):
            raise _exists(target) from None
        part.rename(target)


def _exists(target: Path) -> BackupError:
    return BackupError(f"{target} exists, and a backup overwrites nothing. Choose another name.")
