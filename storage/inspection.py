"""Looking at a database of any version before it is opened for writing; changes nothing on disk."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from storage.database import MIGRATIONS, make_engine, parse_url, sqlite_file
from storage.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseUnusableError,
    classify_database_error,
)

# Every column that holds the key of a blob; a test compares this with the models.
BLOB_COLUMNS = (
    *(("volume", "voxel_blob"), ("mask", "blob"), ("mask", "confidence_blob"), ("model", "blob")),
    *(("volume", "colour_blob"), ("volume", "headers_blob"), ("reference", "blob")),
)
PAGE_CHECK_S = 5.0
_HEADER_BYTES, _WAL_FLAG_AT = 20, 18


@dataclass(frozen=True)
class Identity:
    """Which data folder something belongs to, and how many times it was started."""

    folder_id: str
    generation: int


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database holds.

    Attributes:
        where: its file, or its URL without the password.
        exists: there is a file; True for a database server that answers.
        is_empty: there is none of our tables.
        identity: of the data folder it belongs to; None in databases of earlier versions.
        named_blobs: keys of the blobs that rows name.
    """

    where: str
    exists: bool
    is_empty: bool
    identity: Identity | None = None
    named_blobs: frozenset[str] = frozenset()


def inspect_database(url: str, wait_s: float, check_pages: bool = False) -> DatabaseFacts:
    """Look at the database at ``url``, waiting ``wait_s`` seconds at most for a lock.

    Args:
        check_pages: also look for broken pages (SQLite), for PAGE_CHECK_S seconds at most.

    Raises:
        DatabaseUrlError: the URL cannot be understood or its driver is missing.
        DatabaseUnusableError: the database cannot be read; the subclass says why.
    """
    where, path = describe_url(url), sqlite_file(url)
    if path is not None and path.exists() and not path.is_file():  # a pipe would be waited for without end
        kind = "a folder" if path.is_dir() else "a device or a pipe"
        raise DatabaseUnusableError(
            f"The database must be a file, but {where} is {kind}. Set DATABASE_URL right, or unset it."
        )
    if path is not None and (not path.exists() or path.stat().st_size == 0):
        return DatabaseFacts(where, path.exists(), is_empty=True)
    with reading(url, wait_s) as connection:
        tables = set(sa.inspect(connection).get_table_names())
        if "project" not in tables:
            _require_no_other_program(connection, tables, where)
            return DatabaseFacts(where, exists=True, is_empty=True)
        _require_known_revision(connection, tables, where)
        if check_pages and path is not None:
            _require_whole_pages(connection, where)
        return DatabaseFacts(
            where, True, False, _identity(connection, tables), frozenset(named_blobs(connection))
        )


@contextmanager
def reading(url: str, wait_s: float) -> Iterator[sa.Connection]:
    """A connection that cannot write, not even files of SQLite's own beside the database.

    Raises:
        DatabaseUnusableError: for every error of the database, inside the context too.
    """
    where, path = describe_url(url), sqlite_file(url)
    engine = make_engine(url, creator=None if path is None else lambda: _open_sqlite(path, wait_s))
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, sqlite3.Error) as error:
        raise unusable(error, where) from error
    except UnicodeDecodeError as error:  # of broken names in SQLite's own message, raised in its place
        broken = sqlite3.DatabaseError("database disk image is malformed: its text is not UTF-8")
        raise unusable(broken, where) from error
    finally:
        engine.dispose()


def unusable(error: Exception, where: str) -> DatabaseUnusableError:
    """The error of a database that could not be opened, read or written, as a sentence."""
    reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().rstrip(".")
    meaning = classify_database_error(error)
    if meaning == "busy":
        return DatabaseBusyError(
            f"The database {where} is locked by another program. Nothing was changed. "
            "End that program, then start again."
        )
    if meaning == "full":
        return DatabaseUnusableError(f"The disk of the database {where} is full. Free some space on it.")
    if "readonly" in reason or "read-only" in reason:
        return DatabaseUnusableError(
            f"The database {where} cannot be written ({reason}). Nothing was changed. "
            "Check the permissions of the file and its folder."
        )
    if meaning == "damaged" and "unable to open" not in reason:
        return DatabaseDamagedError(
            f"The database {where} is damaged ({reason}). Nothing was changed. Put a backup in its place; "
            "docs/deploying.md, section 'When something was lost', says how."
        )
    return DatabaseUnusableError(
        f"The database {where} cannot be opened ({reason}). Nothing was changed. "
        "Check DATABASE_URL, and that its folder or server can be reached."
    )


def describe_url(url: str) -> str:
    """The database's file, or its URL without the password."""
    path = sqlite_file(url)
    return str(path) if path is not None else parse_url(url).render_as_string(hide_password=True)


def named_blobs(connection: sa.Connection) -> dict[str, list[tuple[str, str]]]:
    """The keys of blobs that rows name, each with (table, row id); works for schemas of all versions."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column in existing_blob_columns(connection):
        rows = connection.execute(sa.text(f"SELECT {column}, id FROM {table} WHERE {column} IS NOT NULL"))
        for key, row_id in rows:
            found.setdefault(str(key), []).append((table, str(row_id)))
    return found


def existing_blob_columns(connection: sa.Connection) -> list[tuple[str, str]]:
    """Those of BLOB_COLUMNS that this database has."""
    inspector = sa.inspect(connection)
    tables = set(inspector.get_table_names())
    columns = {
        table: {c["name"] for c in inspector.get_columns(table)}
        for table, _ in BLOB_COLUMNS
        if table in tables
    }
    return [(table, column) for table, column in BLOB_COLUMNS if column in columns.get(table, ())]


def _open_sqlite(path: Path, wait_s: float) -> sqlite3.Connection:
    """A connection to an existing file.

    Read-only; as immutable where a WAL database is open in no process, because SQLite would make files
    beside it that a reader cannot remove. A transaction that was interrupted in a rollback journal can
    only be undone by one that writes, and nobody can read the file before.
    """
    journal, wal = _beside(path, "-journal"), _beside(path, "-wal")
    mode = "ro"
    if journal.exists() and journal.stat().st_size:
        mode = "rw"
    elif _uses_wal(path) and not wal.exists():
        mode = "ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=wait_s, check_same_thread=False)


def _uses_wal(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    return len(header) == _HEADER_BYTES and header[_WAL_FLAG_AT] == 2


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _require_no_other_program(connection: sa.Connection, tables: set[str], where: str) -> None:
    if "alembic_version" in tables and _revision(connection) is not None:
        raise DatabaseNewerError(
            f"The database {where} holds the tables of another program. Nothing was changed. "
            "Set DATABASE_URL to a database of its own."
        )


def _require_known_revision(connection: sa.Connection, tables: set[str], where: str) -> None:
    revision = _revision(connection) if "alembic_version" in tables else None
    if revision is None:
        raise DatabaseDamagedError(
            f"The database {where} does not say which version its tables have. Nothing was changed. "
            "Put a backup in its place; docs/deploying.md, section 'When something was lost', says how."
        )
    if revision not in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}:
        raise DatabaseNewerError(
            f"The database {where} was made by a newer version of this program (schema {revision[:20]}). "
            "Nothing was changed. Start that version, or put back the backup from before the update."
        )


def _revision(connection: sa.Connection) -> str | None:
    revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _require_whole_pages(connection: sa.Connection, where: str) -> None:
    """SQLite's quick check; given up, and taken as passed, after PAGE_CHECK_S."""
    raw = connection.connection.driver_connection
    until = time.monotonic() + PAGE_CHECK_S
    raw.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)  # type: ignore[union-attr]
    try:
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except DBAPIError as error:
        if "interrupted" not in str(error.orig):
            raise
        answer = "ok"
    finally:
        raw.set_progress_handler(None, 0)  # type: ignore[union-attr]
    if answer != "ok":
        raise unusable(
            sqlite3.DatabaseError(f"database disk image is malformed: {one_line(str(answer))}"), where
        )


def one_line(text: str) -> str:
    """The text on one line, at most 200 characters."""
    return " ".join(text.split())[:200]


def _identity(connection: sa.Connection, tables: set[str]) -> Identity | None:
    if "folder_identity" not in tables:
        return None
    row = connection.execute(
        sa.text("SELECT folder_id, generation FROM folder_identity WHERE id = 1")
    ).first()
    return None if row is None else Identity(str(row[0]), int(row[1]))
