"""``backup`` while people save, ``restore`` into another folder: compared, and nothing is overwritten."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend import backup, check, restore
from backend.config import Config
from backend.http.tokens import load_key, signed_since
from backend.services import Services
from backend.start import start_services
from storage.blobs import BlobStore
from tests.backend.check_helpers import blob
from tests.backend.data_folders import (
    OWNER,
    as_earlier_version,
    assert_whole,
    listing,
    started,
)
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, axial_bytes, tiny_volume

pytestmark = pytest.mark.usefixtures("one_process", "check_environment")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A new data folder; :func:`restored` puts it in the environment."""
    return Config.for_home(tmp_path / "other")


def restored(other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    with monkeypatch.context() as patch:
        patch.setenv("FEWSHOT_SAM_HOME", str(other.home))
        return restore.main([str(archive)])


def checked(other: Config, monkeypatch: pytest.MonkeyPatch) -> int:
    with monkeypatch.context() as patch:
        patch.setenv("FEWSHOT_SAM_HOME", str(other.home))
        return check.main([])


def test_what_is_restored_is_what_was_backed_up(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = load_key(filled.home)
    os.utime(filled.home / "cookie.key", (1_700_000_000,) * 2)
    before = listing(filled.home)
    assert backup.main([str(archive)]) == 0
    assert listing(filled.home) == before
    assert restored(other, archive, monkeypatch) == 0
    assert (load_key(other.home), signed_since(other.home)) == (key, signed_since(filled.home))
    names = {"blobs", "cookie.key", "data-folder.json", "fewshot-sam.sqlite3", "server.lock"}
    assert {path.name for path in other.home.iterdir()} == names
    assert all(path.stat().st_mode & 0o077 == 0 for path in other.home.rglob("*"))
    assert checked(other, monkeypatch) == 0
    assert_whole(other)


def test_a_folder_of_an_earlier_version_is_backed_up_too(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_earlier_version(filled)
    assert backup.main([str(archive)]) == 0
    assert restored(other, archive, monkeypatch) == 0
    assert_whole(other)


class Savers:
    """Four threads: two paint slice after slice, one imports scans, one deletes the projects of others."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stop = threading.Event()
        project = services.projects.create(OWNER, "Busy").id
        services.labels.create(OWNER, project, "liver")
        self.volume = services.volumes.add(OWNER, project, tiny_volume(), "busy.nii").id
        self.acknowledged = [0, 0]
        self.failures: list[BaseException] = []
        work = [lambda: self._paint(0), lambda: self._paint(1), self._import, self._import]
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]

    def __enter__(self) -> Savers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def data(self, place: int, version: int) -> bytes:
        return np.random.default_rng((place, version)).integers(0, 2, 30).astype(np.uint8).tobytes()

    def _guarded(self, work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            self.failures.append(error)

    def _paint(self, place: int) -> None:
        while not self._stop.is_set():
            version = self.acknowledged[place]
            data = self.data(place, version + 1)
            self._services.annotations.save(OWNER, self.volume, "axial", place, data, "painted", version)
            self.acknowledged[place] += 1

    def _import(self) -> None:
        random = np.random.default_rng()
        while not self._stop.is_set():
            project = self._services.projects.create(OWNER, "Short-lived").id
            volume = tiny_volume()
            volume = type(volume)(random.integers(0, 9, SHAPE).astype(np.int16), volume.source, "CT", "new")
            new = self._services.volumes.add(OWNER, project, volume, "new.nii").id
            store_mask(self._services, new, random.integers(0, 2, SHAPE).astype(np.uint8))
            self._services.projects.delete(OWNER, project)


@pytest.fixture
def served(filled: Config) -> Iterator[Services]:
    services, lock = start_services(filled)
    yield services
    services.end()
    lock.release()


def test_backups_while_four_threads_save_are_consistent(
    served: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = []
    (project,) = served.projects.list_all(OWNER)
    quiet = served.projects.get(OWNER, project.id).volumes[0].id
    with Savers(served) as savers:
        while min(savers.acknowledged) < 3:
            assert not savers.failures, savers.failures
        for number in range(3):
            before = list(savers.acknowledged)
            assert backup.main([str(tmp_path / f"{number}.zip")]) == 0
            bounds.append((before, list(savers.acknowledged)))
    assert not savers.failures, savers.failures
    for number, (before, after) in enumerate(bounds):
        other = Config.for_home(tmp_path / f"restored-{number}")
        assert restored(other, tmp_path / f"{number}.zip", monkeypatch) == 0
        assert checked(other, monkeypatch) == 0  # every row has its file, and every file its row

        def compare(services: Services, before: list[int] = before, after: list[int] = after) -> None:
            for place in range(2):
                row, data = services.annotations.get(OWNER, savers.volume, "axial", place)
                assert before[place] <= row.version <= after[place] + 1  # one may be on its way
                assert data == savers.data(place, row.version)
            assert services.annotations.get(OWNER, quiet, "axial", 1)[1] == axial_bytes(1)

        started(other, compare)


def test_a_scan_that_was_deleted_meanwhile_is_not_restored(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file goes between the copy of the database and its turn, and so another state is copied."""
    with_row = sqlite3.connect(filled.home / "fewshot-sam.sqlite3")
    copy_database, states = backup.write_backup.__globals__["copy_database"], []

    def copy_and_delete(*arguments: object) -> None:
        copy_database(*arguments)
        states.append(len(states))
        if states == [0]:
            blob(filled).unlink()
            with_row.execute("PRAGMA foreign_keys=ON")
            with_row.execute("DELETE FROM volume")
            with_row.commit()

    monkeypatch.setitem(backup.write_backup.__globals__, "copy_database", copy_and_delete)
    assert backup.main([str(archive)]) == 0
    with_row.close()
    assert states == [0, 1]
    assert restored(other, archive, monkeypatch) == 0
    assert checked(other, monkeypatch) == 0


def test_a_lost_file_is_told_and_the_rest_is_backed_up(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    blob(filled).write_bytes(b"damaged")
    assert backup.main([str(archive)]) == 1
    assert "FAULT: " in capsys.readouterr().out
    assert restored(other, archive, monkeypatch) == 1
    assert "1 file(s) were lost before" in capsys.readouterr().out
    assert not (set(zipfile.ZipFile(archive).namelist()) & {f"blobs/{blob(filled).name}"})
    assert BlobStore(other.blobs_folder).keys() == []


def test_nothing_is_overwritten(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    archive.write_bytes(b"an earlier backup")
    assert backup.main([str(archive)]) == 2
    assert archive.read_bytes() == b"an earlier backup"
    archive.unlink()
    assert backup.main([str(archive)]) == 0
    before = listing(filled.home)
    assert restored(filled, archive, monkeypatch) == 2
    assert "must be empty, but it holds 'blobs' and" in capsys.readouterr().err
    assert listing(filled.home) == before
    database = archive.parent / "elsewhere.sqlite3"
    database.write_bytes(b"somebody's")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    assert restored(other, archive, monkeypatch) == 2
    assert database.read_bytes() == b"somebody's"
    assert not other.home.exists()
    assert [path.name for path in archive.parent.glob(".fewshot-sam*")] == []


def test_the_database_may_be_elsewhere(
    filled: Config, other: Config, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup.main([str(archive)]) == 0
    database = archive.parent / "elsewhere.sqlite3"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    assert restored(other, archive, monkeypatch) == 0
    assert database.exists()
    assert not (other.home / "fewshot-sam.sqlite3").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [("postgresql+psycopg://nobody@127.0.0.1/none", "pg_dump"), ("nonsense", "must be a URL")],
)
def test_other_databases_are_told(
    filled: Config, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    url: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", url)
    assert backup.main([str(archive)]) == 2
    assert said in capsys.readouterr().err
    assert not archive.exists()


def test_a_damaged_database_and_a_full_disk_make_no_backup(
    filled: Config, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.main(["/dev/full/backup.zip"]) == 2
    assert "Choose another place" in capsys.readouterr().err
    path = filled.home / "fewshot-sam.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:12288] + b"\xa5" * 4096 + whole[16384:])
    assert backup.main([str(archive)]) == 2
    assert "damaged" in capsys.readouterr().err
    assert not archive.exists()


def test_the_command_line_makes_and_restores_one(filled: Config, other: Config, archive: Path) -> None:
    for command, home in (("backup", filled.home), ("restore", other.home)):
        done = subprocess.run(
            [sys.executable, "-m", "fewshot_sam", command, str(archive)],
            cwd=ROOT,
            env=os.environ | {"FEWSHOT_SAM_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert_whole(other)
