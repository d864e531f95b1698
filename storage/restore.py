"""Restoring a backup: an archive from outside, of which nothing is used before all of it was checked."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from storage.backup_format import (
    DATABASE_NAME,
    MANIFEST_NAME,
    MAX_FILES,
    MAX_MANIFEST_BYTES,
    BackedUpFile,
    Manifest,
    blob_name,
    damaged,
    key_of,
    parse_manifest,
)
from storage.blobs import sync_folder
from storage.database import make_engine, sqlite_url
from storage.errors import BackupError, DatabaseUnusableError
from storage.inspection import DatabaseFacts, inspect_database, one_line
from storage.models import ProjectRow, utc_now

CHUNK_BYTES = 2**20
FREE_BYTES = 64 * 2**20  # stay free on the disk
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_WAIT_S = 10.0


def unpack_backup(archive_path: Path, folder: Path) -> tuple[Manifest, DatabaseFacts]:
    """Unpack a backup into an empty folder and check all of it; what it holds no row for is left out.

    Returns:
        Its manifest, and what its database holds.

    Raises:
        BackupError: it is damaged, or not a backup, or holds what a backup does not.
        OSError: the archive cannot be read, or the disk is full.
    """
    where = str(archive_path)
    with _opened(archive_path) as archive:
        manifest = _manifest(archive, where)
        if manifest.size + FREE_BYTES > shutil.disk_usage(folder).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        for file in manifest.files:
            _unpack(archive, file, folder, where)
    facts = _examined_database(folder / DATABASE_NAME, where)
    _require_blobs(manifest, facts, where)
    for file in manifest.files:  # of what was deleted while the backup was made
        key = key_of(file.name)
        if key is not None and key not in facts.named_blobs:
            (folder / file.name).unlink()
    for parent in (*sorted((folder / "blobs").glob("*")), folder / "blobs", folder):
        if parent.is_dir():
            sync_folder(parent)
    return manifest, facts


def count_as_change(database_file: Path) -> None:
    """Let the projects of an unpacked database be changed now: what is old there must not be deleted soon.

    A database of a version that noted no changes stays as it is: its migration counts as one.
    """
    engine = make_engine(sqlite_url(database_file), poolclass=sa.NullPool)
    with engine.begin() as connection:
        if any(column["name"] == "changed_at" for column in sa.inspect(connection).get_columns("project")):
            connection.execute(sa.update(ProjectRow).values(changed_at=utc_now(), keep_warned_at=None))


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise damaged(str(path), one_line(str(error)) or "it ends early") from error


def _manifest(archive: zipfile.ZipFile, where: str) -> Manifest:
    """The manifest, once the archive is known to hold exactly the files that it lists."""
    entries = archive.infolist()
    if len(entries) > MAX_FILES + 1:
        raise damaged(where, f"it holds more than {MAX_FILES} files")
    sizes = {entry.filename: entry.file_size for entry in entries}
    if len(sizes) != len(entries):
        raise damaged(where, "it holds two files of one name")
    if any(entry.compress_type not in _METHODS or entry.flag_bits & _ENCRYPTED for entry in entries):
        raise damaged(where, "it is encrypted or compressed in another way")
    stated = sizes.pop(MANIFEST_NAME, None)
    if stated is None or stated > MAX_MANIFEST_BYTES:
        raise damaged(where, "it has no manifest" if stated is None else "its manifest is too large")
    with archive.open(MANIFEST_NAME) as entry:
        manifest = parse_manifest(entry.read(MAX_MANIFEST_BYTES), where)
    if sizes != {file.name: file.size for file in manifest.files}:
        raise damaged(where, "it does not hold the files that its manifest names")
    return manifest


def _unpack(archive: zipfile.ZipFile, file: BackedUpFile, folder: Path, where: str) -> None:
    """Unpack one entry, whose name the manifest's parser has checked, and compare size and hash."""
    target = folder / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), file.size
    with archive.open(file.name) as entry, target.open("xb") as written:
        while piece := entry.read(min(CHUNK_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                break
            digest.update(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    if left or digest.hexdigest() != file.sha256:
        raise damaged(where, f"{file.name} is not what was backed up")


def _examined_database(path: Path, where: str) -> DatabaseFacts:
    """What the database holds, once it is known to be a whole one of ours that runs nothing by itself."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
            foreign = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index') "
                "OR sql LIKE 'CREATE VIRTUAL%'"
            ).fetchone()[0]
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise damaged(where, f"its database: {one_line(str(error))}") from error
    if foreign or answer != "ok":
        what = "holds what no database of this program has" if foreign else one_line(str(answer))
        raise damaged(where, f"its database: {what}")
    try:
        facts = inspect_database(sqlite_url(path), _WAIT_S)
    except DatabaseUnusableError as error:
        raise BackupError(str(error).replace(str(path), f"in {where}")) from error
    if facts.is_empty:
        raise damaged(where, "its database is empty")
    return facts


def _require_blobs(manifest: Manifest, facts: DatabaseFacts, where: str) -> None:
    held = {file.name for file in manifest.files}
    missing = sorted(
        key for key in facts.named_blobs if blob_name(key) not in held and key not in manifest.lost
    )
    if missing:
        raise damaged(where, f"its database names {len(missing)} files that it does not hold")
