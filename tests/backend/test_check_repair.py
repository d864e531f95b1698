"""``check --repair`` of lost masks, confidence and models: dropped, the paint stays, a copy stays too."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.config import Config
from backend.services import Services
from storage.bin import today
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow
from tests.backend.check_helpers import run
from tests.backend.data_folders import OWNER, assert_whole, database_file, started
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, axial_bytes

pytestmark = pytest.mark.usefixtures("one_process", "check_environment")


@pytest.fixture
def results(filled: Config) -> dict[str, Path]:
    """The files of an older mask, a newer one, its confidence, and the model of its run."""
    keys: dict[str, str] = {}

    def store(services: Services) -> None:
        with services.database.read() as session:
            volume = session.query(VolumeRow).one()
        store_mask(services, volume.id, np.zeros(SHAPE, np.uint8))
        newer = store_mask(
            services, volume.id, np.ones(SHAPE, np.uint8), confidence=np.full(SHAPE, 9, np.uint8)
        )
        key = services.blobs.put("safetensors", lambda file: file.write(b"weights"))
        with services.database.write() as session:
            mask = session.get_one(MaskRow, newer)
            model = ModelRow(
                project_id=volume.project_id, volume_id=volume.id, plane="axial", encoder="e", labels=[],
                blob=key,
            )  # fmt: skip
            session.add(model)
            session.flush()
            session.get_one(RunRow, mask.run_id).model_id = model.id
            older = session.query(MaskRow).filter(MaskRow.id != newer).one()
            keys.update(older=older.blob, mask=mask.blob, confidence=mask.confidence_blob or "", model=key)

    started(filled, store)
    return {name: filled.blobs_folder / key[:2] / key for name, key in keys.items()}


def remove(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> None:
    path.write_bytes(b"damaged")


@pytest.mark.parametrize("spoil", [remove, damage])
def test_lost_results_are_dropped_and_the_app_goes_on(
    filled: Config, results: dict[str, Path], capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
) -> None:  # fmt: skip
    for name in ("mask", "model"):
        spoil(results[name])
    assert run(capsys)[0] == 1
    code, out = run(capsys, "--repair")
    assert code == 0, out
    assert "2 repaired" in out
    assert "The mask was taken out of the database" in out
    assert "The few-shot model was taken out of the database" in out
    (copy,) = (filled.bin_folder / today().isoformat()).glob("before-repair-*.sqlite3")
    assert f"the database as it was before is {copy}" in out
    assert counted(copy) == [1, 1, 2, 1]
    assert counted(database_file(filled)) == [1, 1, 1, 0]
    assert run(capsys)[0] == 0

    def look(services: Services) -> None:
        (project,) = services.projects.list_all(OWNER)
        (volume,) = services.projects.get(OWNER, project.id).volumes
        with services.database.read() as session:
            assert (
                services.blobs.path(session.get_one(MaskRow, volume.mask_id or "").blob) == results["older"]
            )
            assert [row.model_id for row in session.query(RunRow)] == [None, None]
        assert services.annotations.get(OWNER, volume.id, "axial", 1)[1] == axial_bytes(1)

    started(filled, look)


def counted(path: Path) -> list[int]:
    """Rows of volumes, annotations, masks and models."""
    connection = sqlite3.connect(path)
    tables = ("volume", "annotation", "mask", "model")
    found = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    connection.close()
    return found


def test_a_mask_without_its_confidence_stays(
    filled: Config, results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    results["confidence"].unlink()
    code, out = run(capsys, "--repair")
    assert (code, "The mask stays, without its confidence" in out) == (0, True)
    assert counted(database_file(filled)) == [1, 1, 2, 1]
    assert run(capsys)[0] == 0


def test_what_comes_back_from_the_bin_is_not_dropped(
    filled: Config, results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    day = filled.bin_folder / today().isoformat()
    day.mkdir(parents=True)
    shutil.move(results["mask"], day)
    assert run(capsys, "--repair")[0] == 0
    assert counted(database_file(filled)) == [1, 1, 2, 1]
    assert list(day.glob("before-repair-*")) == []
    assert_whole(filled)


def test_lost_voxels_drop_nothing(
    filled: Config, results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (voxels,) = set(filled.blobs_folder.glob("??/*.npy"))
    voxels.unlink()
    assert run(capsys, "--repair")[0] == 1
    assert counted(database_file(filled)) == [1, 1, 2, 1]
    assert list(filled.bin_folder.glob("*/before-repair-*")) == []


def test_a_full_disk_repairs_no_row(
    filled: Config, results: dict[str, Path], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("backend.repair.copy_database", full)
    results["mask"].unlink()
    code, out = run(capsys, "--repair")
    assert (code, "is full" in out) == (2, True)
    assert counted(database_file(filled)) == [1, 1, 2, 1]
