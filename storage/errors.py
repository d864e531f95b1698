"""What can be wrong with stored state, each with a sentence for people, and what a database error means.

This package does not know the program's own error types; :mod:`backend.start` and :mod:`backend.blobs`
turn these into user errors, and the HTTP edge asks :func:`classify_database_error`.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class FrozenError(Exception):
    """A volume that was accepted in a review was to be changed; the text says which, and what to do."""


DatabaseTrouble = Literal["busy", "full", "damaged", "unwritable"]

SENTENCES: dict[DatabaseTrouble, str] = {
    "busy": "The database is busy, so nothing was saved. Try again in a moment.",
    "full": "The disk of the database is full, so nothing was saved. Free some space, then try again.",
    "damaged": "The database cannot be read or written as it should be, so nothing was saved. Stop the "
    "server and run `python -m fewshot_sam check`, which says what is damaged and what to do.",
    "unwritable": "The server cannot write to its disk, so nothing was saved. Whoever runs the server has to "
    "make the data folder writable again; then try again.",
}

_BY_SQLITE_CODE: dict[int, DatabaseTrouble] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "damaged",
    sqlite3.SQLITE_READONLY: "damaged",
    sqlite3.SQLITE_CANTOPEN: "damaged",  # such as a file that was moved away
}
_BY_SQLITE_TEXT: dict[str, DatabaseTrouble] = {
    "database is locked": "busy",
    "database table is locked": "busy",
    "disk is full": "full",
    "disk image is malformed": "damaged",
    "file is not a database": "damaged",
    "disk i/o error": "damaged",
}
_BY_SQLSTATE: dict[str, DatabaseTrouble] = {  # PostgreSQL
    "53100": "full",
    "53300": "busy",
    "55P03": "busy",
    "40P01": "busy",
    "XX001": "damaged",
    "XX002": "damaged",
}
_BY_ERRNO: dict[int, DatabaseTrouble] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EIO: "damaged",
    errno.EROFS: "unwritable",  # as a disk becomes that had errors
    errno.EACCES: "unwritable",
    errno.EPERM: "unwritable",
}


class StorageError(Exception):
    """Stored state cannot be used; the text says what was found and what to do, for people to read."""


class DatabaseUrlError(StorageError):
    """The database's URL cannot be understood, or its driver is not installed."""


class DatabaseUnusableError(StorageError):
    """The database cannot be opened, read or written."""


class DatabaseBusyError(DatabaseUnusableError):
    """Another process held the database's lock for as long as this one may wait."""


class DatabaseDamagedError(DatabaseUnusableError):
    """The file is no database, or some of its pages are broken."""


class DatabaseNewerError(DatabaseUnusableError):
    """The schema was made by a newer version of the program, or by another program."""


class IdentityError(StorageError):
    """The data folder and the database do not belong together."""


class BackupError(StorageError):
    """A backup cannot be made or restored."""


class BlobError(StorageError):
    """A blob cannot be used.

    Attributes:
        key: the blob's.
    """

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class MissingBlobError(BlobError):
    """A row names a blob that is not stored."""


class DamagedBlobError(BlobError):
    """The bytes of a blob are not those that were stored: their SHA-256 is another."""


class UnreadableBlobError(DamagedBlobError):
    """The bytes of a blob cannot be read, for want of a right or by a failing disk; they may be intact."""


def classify_database_error(error: BaseException) -> DatabaseTrouble | None:
    """What an error of the database, its driver or its disk means; None if it means something else.

    "busy": another writer holds the lock, or all connections are in use. "full": no space is left.
    "damaged": pages are broken, or the disk fails. "unwritable": files cannot be made or written. Nothing
    was saved in any of these cases. See :data:`SENTENCES` for what to tell people.
    """
    if isinstance(error, PoolTimeoutError):
        return "busy"
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _classify_sqlite(original)
    if isinstance(original, OSError) and original.errno is not None:
        return _BY_ERRNO.get(original.errno)
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return _BY_SQLSTATE.get(str(state))


def _classify_sqlite(error: sqlite3.Error) -> DatabaseTrouble | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        text = str(error).lower()
        return next((meaning for part, meaning in _BY_SQLITE_TEXT.items() if part in text), None)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # the shared index beside the file could not grow
        return "full"
    return _BY_SQLITE_CODE.get(code & 0xFF)
