"""A data folder beside a database that is not its own: refused, nothing deleted, and the way back."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.asker import Asker
from backend.config import Config
from backend.errors import StartError
from backend.services import Services
from storage.bin import today
from storage.database import Database, sqlite_url
from tests.backend.data_folders import (
    as_earlier_version,
    assert_whole,
    blob_keys,
    database_file,
    fill,
    listing,
    started,
)
from tests.backend.tiny import tiny_volume

pytestmark = pytest.mark.usefixtures("one_process")


def assert_refused(config: Config, match: str) -> None:
    """The start is refused with a sentence, and not a byte has changed."""
    before = listing(config.home)
    with pytest.raises(StartError, match=match) as caught:
        started(config)
    assert "Nothing was changed" in str(caught.value)
    assert listing(config.home) == before


def adopting(config: Config) -> Config:
    return dataclasses.replace(config, adopt_database=True)


def move_away(config: Config, keep: Path) -> None:
    shutil.move(database_file(config), keep)


def make_empty(config: Config, keep: Path) -> None:
    move_away(config, keep)
    database_file(config).touch()


def make_one_without_rows(config: Config, keep: Path) -> None:
    move_away(config, keep)
    database = Database(config.database_url)
    database.migrate()
    database.close()


@pytest.mark.parametrize("earlier_version", [False, True])
@pytest.mark.parametrize(
    ("lose", "match"),
    [
        (move_away, "is missing"),
        (make_empty, "is empty"),
        (make_one_without_rows, "is older|another data folder"),
    ],
)
def test_without_its_database_nothing_is_deleted_and_putting_it_back_helps(
    filled: Config, tmp_path: Path, earlier_version: bool, lose: Callable[[Config, Path], None], match: str
) -> None:
    if earlier_version:
        as_earlier_version(filled)
    lose(filled, tmp_path / "kept")
    assert_refused(filled, match)
    shutil.move(tmp_path / "kept", database_file(filled))
    assert_whole(filled)


def test_another_database_url_is_refused_and_makes_no_file(filled: Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    assert_refused(
        dataclasses.replace(filled, database_url=sqlite_url(elsewhere)), "elsewhere.sqlite3 is missing"
    )
    assert not elsewhere.exists()
    assert_whole(filled)


@pytest.mark.parametrize("earlier_version", [False, True])
def test_the_database_of_another_folder_is_refused(
    filled: Config, tmp_path: Path, earlier_version: bool
) -> None:
    other = Config.for_home(tmp_path / "other")
    started(other, lambda services: services.projects.create(Asker("local"), "Hips"))
    if earlier_version:
        as_earlier_version(filled)
    mixed = dataclasses.replace(filled, database_url=other.database_url)
    before = listing(other.home)
    assert_refused(mixed, "belongs to another data folder")
    assert listing(other.home) == before
    assert_whole(filled)


def test_a_new_folder_with_the_database_of_another_is_refused(filled: Config, tmp_path: Path) -> None:
    moved = dataclasses.replace(filled, home=tmp_path / "new")
    with pytest.raises(StartError, match="belongs to another data folder"):
        started(moved)
    assert not moved.home.exists()
    assert_whole(filled)


def test_a_restored_backup_is_refused_and_the_newer_database_works_again(
    filled: Config, tmp_path: Path
) -> None:
    shutil.copy(database_file(filled), tmp_path / "backup")
    started(filled)
    move_away(filled, tmp_path / "newer")
    shutil.copy(tmp_path / "backup", database_file(filled))
    assert_refused(filled, "is older than the data folder")
    shutil.move(tmp_path / "newer", database_file(filled))
    assert_whole(filled)


def test_a_backup_made_while_the_server_ran_is_older_after_its_end(filled: Config, tmp_path: Path) -> None:
    def back_up(services: Services) -> None:
        source, copy = sqlite3.connect(database_file(filled)), sqlite3.connect(tmp_path / "backup")
        source.backup(copy)
        source.close()
        copy.close()

    started(filled, back_up)
    shutil.copy(tmp_path / "backup", database_file(filled))
    assert_refused(filled, "is older than the data folder")


def test_a_backup_from_before_the_update_is_older(config: Config, tmp_path: Path) -> None:
    started(config, fill)
    as_earlier_version(config)
    shutil.copy(database_file(config), tmp_path / "backup")
    started(config)
    shutil.copy(tmp_path / "backup", database_file(config))
    assert_refused(config, "is older than the data folder")


def test_an_adopted_backup_keeps_what_it_does_not_name_in_the_bin(
    filled: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy(database_file(filled), tmp_path / "backup")

    def import_another(services: Services) -> None:
        (project,) = services.projects.list_all(Asker("local"))
        volume = tiny_volume("later")
        services.volumes.add(
            Asker("local"), project.id, dataclasses.replace(volume, voxels=volume.voxels + 1), "b.nii"
        )

    started(filled, import_another)
    shutil.copy(database_file(filled), tmp_path / "newer")
    shutil.copy(tmp_path / "backup", database_file(filled))
    stored = blob_keys(filled)
    assert len(stored) == 2
    started(adopting(filled))
    (leftover,) = stored - blob_keys(filled)
    assert (filled.bin_folder / today().isoformat() / leftover).is_file()
    log = filled.log_file.read_text()
    assert leftover in log
    assert "moved 1 stored file(s)" in log
    assert_whole(filled)  # without the option from now on
    # The newer database was found after all: it is older now, and adopting it brings the file back.
    shutil.copy(tmp_path / "newer", database_file(filled))
    assert_refused(filled, "is older than the data folder")
    started(adopting(filled))
    assert blob_keys(filled) == stored
    assert not any(filled.bin_folder.glob("*/*"))


def test_a_lost_database_can_be_given_up(filled: Config, tmp_path: Path) -> None:
    stored = blob_keys(filled)
    move_away(filled, tmp_path / "lost")
    started(adopting(filled), lambda services: services.projects.create(Asker("local"), "Anew"))
    assert blob_keys(filled) == set()
    assert {path.name for path in filled.bin_folder.glob("*/*")} == stored
    started(filled, lambda services: services.projects.list_all(Asker("local")))
    # Found again: adopting it is the way back.
    shutil.copy(tmp_path / "lost", database_file(filled))
    started(adopting(filled))
    assert_whole(filled)


def test_the_log_of_a_lost_database_is_kept(filled: Config, tmp_path: Path) -> None:
    move_away(filled, tmp_path / "lost")
    log = filled.home / "fewshot-sam.sqlite3-wal"
    log.write_bytes(b"last commits")
    assert_refused(filled, "is missing")
    started(adopting(filled))
    assert (filled.bin_folder / today().isoformat() / log.name).read_bytes() == b"last commits"


def test_the_log_of_an_emptied_database_is_kept(filled: Config) -> None:
    database_file(filled).write_bytes(b"")
    log = filled.home / "fewshot-sam.sqlite3-wal"
    log.write_bytes(b"last commits")
    assert_refused(filled, "is empty")
    started(adopting(filled))
    assert (filled.bin_folder / today().isoformat() / log.name).read_bytes() == b"last commits"


def test_a_log_beside_a_new_database_elsewhere_is_kept(config: Config, tmp_path: Path) -> None:
    log = tmp_path / "elsewhere.sqlite3-wal"
    log.write_bytes(b"last commits")
    started(dataclasses.replace(config, database_url=sqlite_url(tmp_path / "elsewhere.sqlite3")))
    assert (config.bin_folder / today().isoformat() / log.name).read_bytes() == b"last commits"


def test_earlier_folders_that_share_a_scan_do_not_take_each_others_database(
    filled: Config, tmp_path: Path
) -> None:
    def import_another(services: Services) -> None:
        volume = tiny_volume("later")
        volume = dataclasses.replace(volume, voxels=volume.voxels + 1)
        (project,) = services.projects.list_all(Asker("local"))
        services.volumes.add(Asker("local"), project.id, volume, "b.nii")

    other = Config.for_home(tmp_path / "other")
    started(other, fill)
    started(filled, import_another)
    as_earlier_version(filled)
    as_earlier_version(other)
    mixed = dataclasses.replace(filled, database_url=other.database_url)
    assert_refused(mixed, "does not name 1 of the 2 files")
    started(filled)
    assert len(blob_keys(filled)) == 2


def test_a_blob_in_the_wrong_folder_stops_no_start(filled: Config) -> None:
    stray = filled.blobs_folder / "zz" / f"{'0' * 64}.npy"
    stray.parent.mkdir()
    stray.write_bytes(b"voxels of something")
    assert_whole(filled)
    assert stray.exists()


@pytest.mark.parametrize("content", [None, b"{not json"])
def test_a_lost_identity_file_is_made_again(filled: Config, content: bytes | None) -> None:
    filled.identity_file.unlink()
    if content is not None:
        filled.identity_file.write_bytes(content)
    assert_whole(filled)
    assert b'"folder_id"' in filled.identity_file.read_bytes()


def test_a_damaged_identity_file_does_not_hide_a_missing_database(filled: Config, tmp_path: Path) -> None:
    filled.identity_file.write_bytes(b"{not json")
    move_away(filled, tmp_path / "kept")
    shutil.rmtree(filled.blobs_folder)
    assert_refused(filled, "is missing")


def test_a_folder_of_an_earlier_version_is_taken_over_silently(filled: Config) -> None:
    as_earlier_version(filled)
    assert_whole(filled)
    assert filled.identity_file.exists()


def test_an_earlier_folder_without_scans_is_taken_over_silently(config: Config) -> None:
    started(config, lambda services: services.projects.create(Asker("local"), "Livers"))
    as_earlier_version(config)
    started(config)
