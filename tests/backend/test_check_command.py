"""``check``: what it finds, what it repairs, and that it changes nothing unless asked to."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from backend import check
from backend.config import Config
from backend.home_lock import lock_home
from storage import blobs
from storage.bin import today
from tests.backend.check_helpers import blob, put_leftover, run
from tests.backend.data_folders import as_earlier_version, assert_whole, listing

pytestmark = pytest.mark.usefixtures("one_process", "check_environment")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("earlier_version", [False, True])
def test_a_whole_folder_has_no_faults_and_stays_as_it_is(
    filled: Config, capsys: pytest.CaptureFixture[str], earlier_version: bool
) -> None:
    if earlier_version:
        as_earlier_version(filled)
    before = listing(filled.home)
    code, out = run(capsys)
    assert (code, "1 stored file(s)" in out, "Nothing is wrong." in out) == (0, True, True)
    assert run(capsys, "--repair")[0] == 0
    assert listing(filled.home) == before


def test_missing_voxels_are_told_with_what_to_do_and_come_back_from_the_bin(
    filled: Config, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = blob(filled)
    shutil.move(path, tmp_path / "kept")
    code, out = run(capsys)
    assert code == 1
    assert "FAULT: " in out
    assert "of volume 'tiny'" in out
    assert "What was painted on it is safe in the database" in out
    assert "import the same scan again" in out
    assert run(capsys, "--repair")[0] == 1
    copy = filled.bin_folder / "2026-11-01" / path.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"not the voxels")
    assert run(capsys, "--repair")[0] == 1
    shutil.move(tmp_path / "kept", copy)
    code, out = run(capsys, "--repair")
    assert (code, "REPAIRED: " in out, "0 fault(s) found, 1 repaired." in out) == (0, True, True)
    assert_whole(filled)


def test_a_damaged_blob_is_told_and_moves_aside(filled: Config, capsys: pytest.CaptureFixture[str]) -> None:
    path = blob(filled)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    before = listing(filled.home)
    code, out = run(capsys)
    assert (code, "is damaged" in out) == (1, True)
    assert listing(filled.home) == before
    assert run(capsys, "--repair")[0] == 1  # it is out of the way, but the voxels are gone
    assert (filled.bin_folder / today().isoformat() / f"{path.name}-damaged").exists()
    assert "is missing" in run(capsys)[1]
    path.write_bytes(whole)  # from a backup
    assert run(capsys)[0] == 0
    assert_whole(filled)


def test_a_damaged_blob_is_replaced_by_an_intact_copy_in_the_bin(
    filled: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    path = blob(filled)
    copy = filled.bin_folder / "2026-11-01" / path.name
    copy.parent.mkdir(parents=True)
    shutil.copy(path, copy)
    path.write_bytes(b"damaged")
    assert run(capsys, "--repair")[0] == 0
    assert_whole(filled)


def test_a_blob_that_cannot_be_read_is_told_and_not_moved(
    filled: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = blob(filled)

    def refuse(_: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:  # root may read everything, so that a mode is not enough
        patch.setattr(blobs, "sha256_of", refuse)
        code, out = run(capsys, "--repair")
    assert (code, "cannot be read (Permission denied)" in out, "is damaged" in out) == (1, True, False)
    assert path.exists()
    assert_whole(filled)


def test_a_link_that_leads_nowhere_is_a_missing_blob(
    filled: Config, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = blob(filled)
    shutil.move(path, tmp_path / "kept")
    path.symlink_to(tmp_path / "gone")
    code, out = run(capsys)
    assert (code, f"{path.name} of volume 'tiny'" in out, "is missing" in out) == (1, True, True)


def test_names_of_volumes_cannot_write_lines_of_their_own(
    filled: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(filled.home / "fewshot-sam.sqlite3") as connection:
        connection.execute("UPDATE volume SET name = ?", ("a\nNothing is wrong.\x1b[2J",))
    connection.close()
    blob(filled).unlink()
    code, out = run(capsys)
    assert (code, "volume 'a?Nothing is wrong.?[2J'" in out) == (1, True)


def test_leftovers_and_interrupted_writes_are_told_and_cleared(
    filled: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    key = put_leftover(filled)
    (filled.blobs_folder / "incoming" / "tmpabc").write_bytes(b"half")
    code, out = run(capsys)
    assert (code, f"{key}: no row names this file." in out, "a write was interrupted" in out) == (
        1,
        True,
        True,
    )
    code, out = run(capsys, "--repair")
    assert (code, "2 repaired" in out) == (0, True)
    assert (filled.bin_folder / today().isoformat() / key).exists()
    assert run(capsys)[0] == 0
    assert_whole(filled)


def test_findings_are_written_as_json(
    filled: Config, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = put_leftover(filled)
    run(capsys, "--json", str(tmp_path / "out" / "check.json"))
    report = json.loads((tmp_path / "out" / "check.json").read_text())
    assert report["command"] == "check"
    assert [(f["kind"], f["key"], f["repaired"]) for f in report["findings"]] == [("leftover", key, False)]


def test_beside_a_running_server_it_looks_and_does_not_repair(
    filled: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    key = put_leftover(filled)  # just stored: its row may be on the way
    lock = lock_home(filled.home)
    code, out = run(capsys)
    assert (code, "a server is running" in out) == (0, True)
    path = filled.blobs_folder / key[:2] / key
    os.utime(path, (time.time() - 3600,) * 2)
    assert run(capsys)[0] == 1
    code, out = run(capsys, "--repair")
    assert (code, "Another server is using" in out, "Without --repair" in out) == (2, True, True)
    assert path.exists()
    lock.release()


def test_a_folder_that_can_only_be_read_is_checked_and_not_repaired(
    filled: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(check, "lock_home", refuse)
    assert run(capsys)[0] == 0
    put_leftover(filled)
    assert run(capsys)[0] == 1
    code, out = run(capsys, "--repair")
    assert (code, "Read-only file system" in out) == (2, True)


def test_a_lost_database_is_a_finding_and_nothing_is_repaired(
    filled: Config, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.move(filled.home / "fewshot-sam.sqlite3", tmp_path / "kept")
    put_leftover(filled)
    before = listing(filled.home)
    code, out = run(capsys, "--repair")
    assert (code, "is missing" in out, "--adopt-database" in out, "Nothing was repaired" in out) == (
        1,
        True,
        True,
        True,
    )
    assert listing(filled.home) == before


@pytest.mark.parametrize("start_of_damage", [0, 12288])
def test_a_damaged_database_is_a_finding(
    filled: Config, capsys: pytest.CaptureFixture[str], start_of_damage: int
) -> None:
    path = filled.home / "fewshot-sam.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:start_of_damage] + b"\xa5" * 4096 + whole[start_of_damage + 4096 :])
    before = listing(filled.home)
    code, out = run(capsys, "--repair")
    assert (code, "database" in out, "is damaged" in out, "Nothing was repaired" in out) == (
        1,
        True,
        True,
        True,
    )
    assert listing(filled.home) == before


def test_rows_that_refer_to_rows_which_are_gone_are_told(
    filled: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(filled.home / "fewshot-sam.sqlite3") as connection:
        connection.execute("DELETE FROM project")
    connection.close()
    code, out = run(capsys)
    assert code == 1
    assert "1 row(s) of volume in the database refer to a row of project that is gone" in out
