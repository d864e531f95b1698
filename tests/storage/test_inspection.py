"""Looking at databases of every kind without changing them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from storage import inspection
from storage.database import Database, alembic_config, sqlite_url
from storage.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseUnusableError,
    DatabaseUrlError,
)
from storage.identity import raise_generation
from storage.inspection import BLOB_COLUMNS, inspect_database
from storage.models import Base, ModelRow, ProjectRow

KEY = "0" * 64 + ".safetensors"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of this version, in which one row names a blob."""
    path = tmp_path / "d.sqlite3"
    database = Database(sqlite_url(path))
    database.migrate()
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
        session.flush()
        session.add(ModelRow(project_id="p", plane="axial", encoder="e", labels=[], blob=KEY))
    raise_generation(database, tmp_path / "data-folder.json")
    database.close()
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Files by name; SQLite's shared memory is no data."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


def inspect(path: Path, wait_s: float = 0.05, check_pages: bool = True) -> inspection.DatabaseFacts:
    return inspect_database(sqlite_url(path), wait_s, check_pages)


def test_what_a_database_holds_is_told_and_nothing_is_written(path: Path) -> None:
    before = set(path.parent.iterdir()), contents(path.parent)
    facts = inspect(path)
    assert (facts.exists, facts.is_empty, facts.named_blobs) == (True, False, {KEY})
    assert facts.identity is not None
    assert facts.identity.generation == 1
    assert (set(path.parent.iterdir()), contents(path.parent)) == before


def test_commits_of_a_killed_process_are_seen_and_left_in_its_log(path: Path) -> None:
    kill_itself = (
        "import os, sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n"
        "c.execute('UPDATE folder_identity SET generation = 7')\nc.commit()\nos.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", kill_itself, str(path)], check=False)
    before = contents(path.parent)
    assert before[path.name + "-wal"]
    facts = inspect(path)
    assert facts.identity is not None
    assert facts.identity.generation == 7
    assert contents(path.parent) == before


def test_missing_and_empty_files_are_empty_databases(tmp_path: Path) -> None:
    facts = inspect(tmp_path / "none.sqlite3")
    assert (facts.exists, facts.is_empty) == (False, True)
    (tmp_path / "empty.sqlite3").touch()
    facts = inspect(tmp_path / "empty.sqlite3")
    assert (facts.exists, facts.is_empty) == (True, True)
    assert [p.name for p in tmp_path.iterdir()] == ["empty.sqlite3"]


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_older_schemas_are_understood(tmp_path: Path, revision: str) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), revision)
        connection.exec_driver_sql("INSERT INTO project VALUES ('p','a','n',1,'2026-11-01 00:00:00')")
        connection.exec_driver_sql(
            f"INSERT INTO model VALUES ('m','p',NULL,'axial','e','[]','{KEY}','2026-11-01 00:00:00')"
        )
    database.close()
    facts = inspect(tmp_path / "old.sqlite3")
    assert (facts.is_empty, facts.identity, facts.named_blobs) == (False, None, {KEY})


def test_the_list_of_columns_with_blobs_is_complete() -> None:
    found = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("blob")
    }
    assert found == set(BLOB_COLUMNS)


def test_damage_is_told(path: Path) -> None:
    whole = path.read_bytes()
    damaged = {
        "not a database": b"scan" * 2000,
        "malformed": whole[: len(whole) // 2],
        "malformed.*": whole[:8192] + b"\xa5" * (len(whole) - 8192),
    }
    for match, content in damaged.items():
        path.write_bytes(content)
        with pytest.raises(DatabaseDamagedError, match=match):
            inspect(path)
        assert path.read_bytes() == content


def test_a_broken_schema_whose_names_are_no_text_is_told(path: Path) -> None:
    content = path.read_bytes()
    for whole, broken in (
        (b"tableprojectproject", b"tablepr\xe8jectproject"),
        (b"CREATE TABLE project (", b"CREATE!TABLE project ("),
    ):
        assert content.count(whole) == 1
        content = content.replace(whole, broken)
    path.write_bytes(content)  # SQLite's message names the table as it is
    with pytest.raises(DatabaseDamagedError, match=r"is damaged \(.*UTF-8\)\. .*backup"):
        inspect(path)


def test_a_long_check_of_pages_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "PAGE_CHECK_S", -1.0)
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO project (id, owner, name, next_label_value, created_at)"
            " VALUES (?,'a','n',1,'2026-11-01 00:00:00')",
            [(f"p{i}",) for i in range(5000)],
        )
    connection.close()
    assert not inspect(path).is_empty


def test_a_newer_schema_and_another_programs_tables_are_told(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseNewerError, match="newer version of this program"):
        inspect(path)
    with sqlite3.connect(tmp_path / "other.sqlite3") as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('a')"
        )
    connection.close()
    with pytest.raises(DatabaseNewerError, match="another program"):
        inspect(tmp_path / "other.sqlite3")


def test_tables_of_an_unknown_version_are_damage(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()
    with pytest.raises(DatabaseDamagedError, match="which version"):
        inspect(path)


def test_a_lock_is_waited_for_so_long_and_no_longer(path: Path) -> None:
    holder = sqlite3.connect(path)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError, match="locked by another program"):
        inspect(path)
    holder.close()


def test_a_folder_in_place_of_the_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusableError, match=r"must be a file, but .* is a folder"):
        inspect(tmp_path)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("nonsense", "must be a URL such as"),
        ("postgresql://user:secret@host:port/x", "must be a URL such as"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("lotus123://x", "of the kind 'lotus123'"),
        ("oracle://u:secret@h/d", "driver of the database, .* is not installed"),
    ],
)
def test_urls_that_cannot_be_used(url: str, match: str) -> None:
    with pytest.raises(DatabaseUrlError, match=match) as caught:
        inspect_database(url, 0.05)
    assert "secret" not in str(caught.value)


def test_errors_do_not_carry_the_values_of_rows(path: Path) -> None:
    database = Database(sqlite_url(path))
    with pytest.raises(sa.exc.IntegrityError) as caught, database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="DOE^JOHN"))
    assert "DOE" not in str(caught.value)
    database.close()


@pytest.mark.parametrize(
    ("text", "kind", "match"),
    [
        ("database is locked", DatabaseBusyError, "is locked by another program"),
        ("database or disk is full", DatabaseUnusableError, "disk of the database /d is full"),
        ("attempt to write a readonly database", DatabaseUnusableError, "cannot be written .*permissions"),
        ("disk I/O error", DatabaseDamagedError, r"is damaged \(disk I/O error\)"),
        ("unable to open database file", DatabaseUnusableError, "cannot be opened .*Check DATABASE_URL"),
    ],
)
def test_every_error_has_a_sentence(text: str, kind: type[DatabaseUnusableError], match: str) -> None:
    error = inspection.unusable(sqlite3.OperationalError(text), "/d")
    assert type(error) is kind
    assert re.search(match, str(error))


def test_a_connection_for_reading_cannot_write(path: Path) -> None:
    with (
        pytest.raises(DatabaseUnusableError, match="readonly"),
        inspection.reading(sqlite_url(path), 0.05) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM project")


def test_a_transaction_that_was_interrupted_in_a_rollback_journal_is_undone(path: Path) -> None:
    kill_itself = (
        "import os, sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n"
        "c.execute('PRAGMA journal_mode=DELETE')\nc.execute('PRAGMA cache_size=1')\n"
        "c.execute('UPDATE folder_identity SET generation = 7')\n"
        "insert = 'INSERT INTO owner (id, demo_created, created_at) VALUES (?, 0, 0)'\n"
        "c.executemany(insert, [(str(i) * 9,) for i in range(3000)])\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", kill_itself, str(path)], check=False)
    assert (path.parent / f"{path.name}-journal").stat().st_size
    facts = inspect(path)
    assert facts.identity is not None
    assert facts.identity.generation == 1


def test_a_pipe_in_place_of_the_database_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "d.sqlite3")
    with pytest.raises(DatabaseUnusableError, match=r"must be a file, but .* is a device or a pipe"):
        inspect_database(sqlite_url(tmp_path / "d.sqlite3"), wait_s=0.1)
