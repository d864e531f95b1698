"""What a start finds without a row waits in the bin; what a person deletes does not."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta

import pytest

from backend.asker import Asker
from backend.config import Config
from backend.services import Services, housekeeping
from storage.bin import today
from tests.backend.data_folders import (
    blob_keys,
    fill,
    started,
)

pytestmark = pytest.mark.usefixtures("one_process")


def test_leftovers_move_to_the_bin_and_what_rows_name_comes_back(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    keys: list[str] = []

    def store(services: Services) -> None:
        fill(services)
        keys.extend(services.blobs.put("npy", lambda file, i=i: file.write(b"%d" % i)) for i in range(25))
        (services.blobs.root / "incoming" / "half").write_bytes(b"x")

    started(config, store)
    with caplog.at_level(logging.WARNING, "backend"):
        started(config)
    assert len(blob_keys(config)) == 1
    day = config.bin_folder / today().isoformat()
    assert {path.name for path in day.iterdir()} == set(keys)
    line = next(
        line for line in config.log_file.read_text().splitlines() if "moved 25 stored file(s)" in line
    )
    assert line.count(".npy") == 20
    assert "and 5 more" in line
    (named,) = blob_keys(config)
    shutil.move(config.blobs_folder / named[:2] / named, day / named)
    started(config)
    assert blob_keys(config) == {named}
    assert "back from the bin" in config.log_file.read_text()


def test_the_bin_is_emptied_after_30_days(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    started(config, lambda services: services.blobs.put("npy", lambda file: file.write(b"x")))
    started(config)
    day = today()
    monkeypatch.setattr(housekeeping, "today", lambda: day + timedelta(days=30))
    started(config)
    assert len(list(config.bin_folder.glob("*/*"))) == 1
    monkeypatch.setattr(housekeeping, "today", lambda: day + timedelta(days=31))
    started(config)
    assert list(config.bin_folder.iterdir()) == []


def test_what_a_person_deletes_for_good_is_deleted_from_the_bin_of_blobs_too(config: Config) -> None:
    def delete(services: Services) -> None:
        fill(services)
        (key,) = services.blobs.keys()
        copy = config.bin_folder / today().isoformat() / key
        copy.parent.mkdir(parents=True)
        shutil.copy(services.blobs.path(key), copy)
        (project,) = services.projects.list_all(Asker("local"))
        services.projects.delete(Asker("local"), project.id)
        services.deleted.delete_for_good(Asker("local"), project.id)
        assert not copy.exists()

    started(config, delete)
    assert blob_keys(config) == set()


def test_surfaces_of_masks_that_are_gone_are_deleted_at_the_next_start(config: Config) -> None:
    surface = config.mesh_folder / f"{'0' * 32}-1.mz3"

    def leave(services: Services) -> None:
        surface.parent.mkdir(exist_ok=True)
        surface.write_bytes(b"surface")

    started(config, leave)
    started(config)
    assert not surface.exists()
