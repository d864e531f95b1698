"""Opening a data folder and its database: examined first, and refused before anything is changed.

Nothing is created, migrated, moved or deleted until both are known to be usable and to belong
together. Every way in which this can fail is turned into one sentence here.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.blobs import ServedBlobs
from backend.config import Config
from backend.errors import StartError
from storage.bin import BlobBin
from storage.blobs import BlobStore, is_key, move_file, stored_files
from storage.database import Database, sqlite_file
from storage.errors import StorageError
from storage.identity import FolderFacts, raise_generation, read_identity, require_match
from storage.inspection import DatabaseFacts, describe_url, inspect_database, unusable

logger = logging.getLogger(__name__)
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class State:
    """A data folder that is open: migrated, and known to belong to its database."""

    database: Database
    blobs: BlobStore
    bin: BlobBin


def examine(config: Config, check_pages: bool = False) -> DatabaseFacts:
    """Look at data folder and database without changing anything.

    Args:
        check_pages: also look for broken pages of the database, for some seconds at most.

    Raises:
        StartError: they cannot be used, or do not belong together.
    """
    with start_errors(config):
        _require_kinds(config)
        database = inspect_database(config.database_url, config.start_wait_s, check_pages)
        folder = examine_folder(config)
        if not config.adopt_database:
            require_match(folder, database)
        return database


def examine_folder(config: Config) -> FolderFacts:
    """What the data folder holds; it may not exist."""
    stored = stored_files(config.blobs_folder).keys()
    put_aside = {path.name for path in config.bin_folder.glob("????-??-??/*") if is_key(path.name)}
    return FolderFacts(
        config.home,
        config.identity_file.exists(),
        read_identity(config.identity_file),
        frozenset(stored | put_aside),
        frozenset(put_aside - stored),
    )


def open_state(config: Config) -> State:
    """Open both, make what is missing, migrate, and raise the generation that both carry.

    Raises:
        StartError: see :func:`examine`; or the migration failed, and nothing was changed.
    """
    with start_errors(config):
        facts = examine(config)
        _keep_abandoned_log(config, facts)
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(config.database_url)
        try:
            wait_ms = max(1, int(config.start_wait_s * 1000))
            database.migrate(wait_ms)
            raise_generation(database, config.identity_file)
            blobs = ServedBlobs(config.blobs_folder)
        except BaseException:
            database.close()
            raise
        return State(database, blobs, BlobBin(config.bin_folder, blobs))


@contextmanager
def start_errors(config: Config) -> Iterator[None]:
    """Turn what the storage, the database and the disk raise into a StartError of one sentence."""
    try:
        yield
    except StorageError as error:
        raise StartError(str(error)) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StartError(str(unusable(error, describe_url(config.database_url)))) from error
    except OSError as error:
        raise StartError(describe_os_error(error, config.home)) from error


def describe_os_error(error: OSError, home: Path) -> str:
    """A sentence for a data folder that cannot be used."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of the data folder {home} is full. Free some space on it, then start again."
    where = f"{error.filename}: " if error.filename else ""
    reason = f"{where}{error.strerror or error}"
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return (
            f"The data folder {home} cannot be used, because something of another kind is in its place or "
            f"inside it ({reason}). Move that away, or set FEWSHOT_SAM_HOME to another folder."
        )
    return (
        f"The data folder {home} cannot be used ({reason}). "
        "Give this user the right to write there, or set FEWSHOT_SAM_HOME to another folder."
    )


def database_files(config: Config) -> list[Path]:
    """The files of a SQLite database, there or not; none for databases of other kinds."""
    path = sqlite_file(config.database_url)
    return [] if path is None else [path.with_name(path.name + suffix) for suffix in SQLITE_SUFFIXES]


def _require_kinds(config: Config) -> None:
    """Raise OSError where a file is in the place of a folder, or a folder in that of a file."""
    folders = (config.home, config.blobs_folder, config.bin_folder, config.uploads_folder)
    for folder in (*folders, config.temporary_folder, config.log_file.parent):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    for file in (config.identity_file, config.log_file):
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))


def _keep_abandoned_log(config: Config, facts: DatabaseFacts) -> None:
    """A log whose database is gone or empty holds its last commits; SQLite would delete it."""
    files = database_files(config)
    if not files or not facts.is_empty or (files[0].exists() and files[0].stat().st_size):
        return
    for path in files[1:]:
        if not path.name.endswith("-shm") and path.is_file() and path.stat().st_size:
            day = config.bin_folder / date.today().isoformat()
            day.mkdir(mode=0o700, parents=True, exist_ok=True)
            move_file(path, day / path.name, day / f"{path.name}-part")
            logger.warning("moved %s, left by the database that is gone, to %s", path.name, day)
