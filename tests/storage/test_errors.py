"""What errors of the database mean."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.database import Database, sqlite_url
from storage.errors import SENTENCES, classify_database_error
from storage.models import ProjectRow


def wrapped(error: Exception) -> Exception:
    return OperationalError("UPDATE", {}, error)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("database is locked", "busy"),
        ("database table is locked: x", "busy"),
        ("database or disk is full", "full"),
        ("database disk image is malformed", "damaged"),
        ("file is not a database", "damaged"),
        ("disk I/O error", "damaged"),
        ("no such column: x", None),
    ],
)
def test_errors_without_a_code_are_told_by_their_text(text: str, meaning: str | None) -> None:
    assert classify_database_error(wrapped(sqlite3.OperationalError(text))) == meaning
    assert classify_database_error(sqlite3.OperationalError(text)) == meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "busy"),
        (sqlite3.SQLITE_IOERR_WRITE, "damaged"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "full"),
        (sqlite3.SQLITE_CORRUPT_VTAB, "damaged"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "damaged"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
    ],
)
def test_extended_codes_count_as_what_they_extend(code: int, meaning: str | None) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code  # type: ignore[misc]
    assert classify_database_error(wrapped(error)) == meaning


@pytest.mark.parametrize(("state", "meaning"), [("53100", "full"), ("55P03", "busy"), ("XX001", "damaged")])
def test_other_databases_tell_by_their_sqlstate(state: str, meaning: str) -> None:
    error = Exception("x")
    error.sqlstate = state  # type: ignore[attr-defined]
    assert classify_database_error(wrapped(error)) == meaning


def test_a_full_pool_is_busy_and_a_full_disk_is_full() -> None:
    assert classify_database_error(PoolTimeoutError("QueuePool limit")) == "busy"
    assert classify_database_error(OSError(errno.ENOSPC, "No space left on device")) == "full"
    assert classify_database_error(OSError(errno.EIO, "Input/output error")) == "damaged"
    for number in (errno.EROFS, errno.EACCES, errno.EPERM):
        assert classify_database_error(OSError(number, "no")) == "unwritable"
    assert classify_database_error(ValueError("x")) is None


def test_every_meaning_has_a_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_a_real_lock_is_busy(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "d.sqlite3"), busy_timeout_ms=10)
    database.migrate()
    with database.write(), pytest.raises(OperationalError, match="locked") as caught, database.write():
        pass
    assert classify_database_error(caught.value) == "busy"
    database.close()


def test_a_really_full_and_a_really_broken_database(tmp_path: Path) -> None:
    path = tmp_path / "d.sqlite3"
    database = Database(sqlite_url(path))
    database.migrate()
    with pytest.raises(OperationalError, match="full") as full, database.write() as session:
        pages = session.execute(sa.text("PRAGMA page_count")).scalar()
        session.execute(sa.text(f"PRAGMA max_page_count={pages}"))
        session.add_all(ProjectRow(owner="a", name="x" * 200) for _ in range(2000))
        session.flush()
    assert classify_database_error(full.value) == "full"
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match="malformed") as broken, database.read() as session:
        session.scalars(sa.select(ProjectRow)).all()
    assert classify_database_error(broken.value) == "damaged"
    database.close()
