"""Starts that cannot work: one sentence, exit code 2, and nothing on the disk is changed."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from backend import home_lock, start, state
from backend.asker import Asker
from backend.config import Config
from backend.errors import StartError
from backend.home_lock import lock_home
from backend.start import start_services
from fewshot_sam.errors import UserError
from storage.blobs import BlobStore
from storage.database import Database
from tests.backend.data_folders import database_file, fill, listing, started

pytestmark = pytest.mark.usefixtures("one_process")
ROOT = Path(__file__).resolve().parents[2]


def assert_refused(config: Config, match: str) -> None:
    """One sentence or two, and the listing with hashes is what it was."""
    before = listing(config.home.parent)
    with pytest.raises(UserError, match=match) as caught:
        start_services(config)
    assert "\n" not in str(caught.value)
    assert listing(config.home.parent) == before


def garbage(whole: bytes) -> bytes:
    return b"\x89scan" * 3000


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def header_only(whole: bytes) -> bytes:
    return whole[:100] + b"\xa5" * 200


def broken_page(whole: bytes) -> bytes:
    return whole[:12288] + b"\xa5" * 4096 + whole[16384:]


def broken_pages(whole: bytes) -> bytes:
    return whole[:4096] + b"\xff" * (len(whole) - 4096)


@pytest.mark.parametrize("damage", [garbage, half, header_only, broken_page, broken_pages])
def test_a_damaged_database(filled: Config, damage: Any) -> None:
    path = database_file(filled)
    path.write_bytes(damage(path.read_bytes()))
    assert_refused(filled, r"is damaged \(.*Nothing was changed.*backup.*docs/deploying.md")


def test_a_database_of_a_newer_version(filled: Config) -> None:
    with sqlite3.connect(database_file(filled)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    assert_refused(filled, "was made by a newer version of this program")


@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
def test_a_database_that_stays_locked(filled: Config, mode: str) -> None:
    holder = sqlite3.connect(database_file(filled), isolation_level=None)
    holder.execute(f"PRAGMA locking_mode={mode}")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE project SET name = 'x'")
    assert_refused(filled, "is locked by another program.*End that program")
    holder.close()
    started(filled)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("new", [False, True])
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, new: bool
) -> None:
    config = Config.for_home(tmp_path / "some" / "home")
    if not new:
        started(config, fill)

    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(config.home))

    match = (
        "is full. Free some space"
        if code in (errno.ENOSPC, errno.EDQUOT)
        else "cannot be used.*FEWSHOT_SAM_HOME"
    )
    for place, name in [
        (tempfile, "TemporaryFile"),
        (home_lock.FileLock, "acquire"),
        (Database, "migrate"),
        (state, "raise_generation"),
        (BlobStore, "__init__"),
        (start, "configure_logging"),
        (start, "use_temporary_folder"),
    ]:
        if not new and name in ("configure_logging", "use_temporary_folder"):
            continue  # these come when the generation is raised already
        with monkeypatch.context() as patch:
            patch.setattr(place, name, refused)
            if not new and name == "__init__":
                with pytest.raises(StartError, match=match):
                    start_services(config)
            else:
                assert_refused(config, match)
        assert config.home.parent.exists() is not new
    started(config, fill)


def test_a_first_start_when_the_database_finds_the_disk_full(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(database: Database, *_: object) -> None:
        with sqlite3.connect(database_file(config)) as connection:
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA max_page_count=2; CREATE TABLE a (x)")
            connection.execute("CREATE TABLE b (x)")

    monkeypatch.setattr(Database, "migrate", full)
    assert_refused(config, "The disk of the database .* is full")
    assert not config.home.exists()


def test_a_disk_with_next_to_no_space(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 1000))
    assert_refused(config, "is full. Free some space")


def test_what_was_there_before_is_never_removed(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config.home.mkdir()
    (config.home / "notes.txt").write_text("mine")
    config.uploads_folder.mkdir()

    def refused(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, "raise_generation", refused)
    assert_refused(config, "is full")


def test_the_log_of_a_database_that_others_have_open_is_never_removed(
    filled: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(database_file(filled))

    def fail(config: Config) -> None:
        other.execute("SELECT count(*) FROM project").fetchone()  # now the log is there, and stays
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("backend.services.tighten", fail)
    with pytest.raises(StartError, match="is full"):
        start_services(filled)
    assert (filled.home / "fewshot-sam.sqlite3-wal").stat().st_size
    other.close()
    generation = json.loads(filled.identity_file.read_text())["generation"]
    with sqlite3.connect(database_file(filled)) as connection:
        assert connection.execute("SELECT generation FROM folder_identity").fetchone() == (generation,)
    connection.close()


def test_two_first_starts_at_once_do_not_remove_each_others_files(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds an empty folder, waits for the lock in vain, and must leave the first one's files."""
    waiting, made = threading.Event(), threading.Event()

    def lock_in_vain(home: Path) -> FileLock:
        waiting.set()
        assert made.wait(60)
        return lock_home(home, wait_s=0)

    monkeypatch.setattr(start, "lock_home", lock_in_vain)
    failures: list[UserError] = []

    def second() -> None:
        try:
            start_services(config)
        except UserError as error:
            failures.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    assert waiting.wait(60)
    monkeypatch.setattr(start, "lock_home", lock_home)
    services, lock = start_services(config)
    fill(services)
    before = listing(config.home)
    made.set()
    thread.join()
    assert "Another server is using" in str(failures[0])
    assert listing(config.home) == before
    services.end()
    lock.release()


def test_a_file_in_place_of_the_folder(config: Config) -> None:
    config.home.write_text("mine")
    assert_refused(config, "something of another kind is in its place")


def test_a_disk_without_locks(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("filelock._unix.lock_fd_nonblocking", missing)
    assert_refused(config, "cannot lock files")


@pytest.mark.parametrize("name", ["server.lock", "fewshot-sam.sqlite3", "data-folder.json"])
def test_a_folder_in_place_of_a_file(config: Config, name: str) -> None:
    (config.home / name).mkdir(parents=True)
    assert_refused(config, r"something of another kind is in its place|must be a file, but .* is a folder")


@pytest.mark.parametrize("name", ["logs", "tmp", "blobs", "uploads", "bin"])
@pytest.mark.parametrize("new", [True, False])
def test_a_file_in_place_of_a_folder(config: Config, name: str, new: bool) -> None:
    if new:
        config.home.mkdir()
    else:
        started(config, lambda services: services.projects.create(Asker("local"), "Livers"))
        shutil.rmtree(config.home / name, ignore_errors=True)
    (config.home / name).write_text("mine")
    assert_refused(config, "something of another kind is in its place or inside it")


@pytest.mark.parametrize("adopt", [False, True])
def test_a_data_folder_of_a_newer_version(filled: Config, adopt: bool) -> None:
    filled.identity_file.write_text('{"format": 99, "folder_id": "a", "generation": 1}')
    assert_refused(
        dataclasses.replace(filled, adopt_database=adopt), "made by a newer version of this program"
    )


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("nonsense", "DATABASE_URL must be a URL"),
        ("lotus123://x", "of the kind 'lotus123'"),
        ("oracle://u:secret@h/d", "driver of the database"),
        ("sqlite://", "must name a file"),
        ("sqlite:////nowhere/at/all.sqlite3", "cannot be opened"),
    ],
)
def test_database_urls_that_cannot_be_used(config: Config, url: str, match: str) -> None:
    assert_refused(dataclasses.replace(config, database_url=url), match)
    assert not config.home.exists()


def test_a_temporary_folder_that_leads_nowhere_is_not_needed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [os.environ["TMPDIR"]])
    started(config, lambda _: None)
    assert tempfile.gettempdir() == str(config.temporary_folder)
