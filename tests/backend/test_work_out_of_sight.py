"""What is ended is ended on volumes too that its owner cannot see, as they read them blind."""

from __future__ import annotations

import pytest

from backend.errors import ConflictError
from storage.batches import BatchRow, BatchVolumeRow
from storage.models import ModelRow, RunRow
from tests.backend.data_folders import OWNER
from tests.backend.test_reading_results import Scan, scan

__all__ = ["scan"]


@pytest.fixture
def batch(scan: Scan) -> tuple[str, str, str]:
    """A batch with the scan, a waiting run of it, and a model; the scan is hidden as its owner reads it."""
    with scan.services.database.write() as session:
        model = ModelRow(project_id=scan.project, plane="axial", encoder="e", labels=[], blob="b", sources=[])
        run = RunRow(volume_id=scan.volume, kind="predict", plane="axial", settings={}, labels=[],
                     state="queued", annotation_versions={})  # fmt: skip
        session.add_all([model, run])
        session.flush()
        row = BatchRow(project_id=scan.project, model_id=model.id, asked_by=OWNER.id)
        session.add(row)
        session.flush()
        session.add(BatchVolumeRow(batch_id=row.id, volume_id=scan.volume, position=0, run_id=run.id))
        ids = row.id, run.id, model.id
    scan.services.readings.start(OWNER, scan.volume)
    return ids


def run_state(scan: Scan, run_id: str) -> str:
    with scan.services.database.read() as session:
        return session.get_one(RunRow, run_id).state


def test_a_batch_is_one_that_runs_and_is_cancelled_and_resumed(
    scan: Scan, batch: tuple[str, str, str]
) -> None:
    batch_id, run_id, model_id = batch
    with pytest.raises(ConflictError, match="are being predicted already"):
        scan.services.batches.create(OWNER, scan.project, model_id)
    assert scan.services.batches.get(OWNER, batch_id).state == "running"
    answer = scan.services.batches.cancel(OWNER, batch_id)
    assert (answer.state, answer.volumes, run_state(scan, run_id)) == ("cancelled", [], "cancelled")
    assert scan.services.batches.resume(OWNER, batch_id).state == "running"
    with scan.services.database.read() as session:
        assert session.get_one(BatchVolumeRow, (batch_id, scan.volume)).run_id is None


def test_runs_end_with_their_project(scan: Scan, batch: tuple[str, str, str]) -> None:
    scan.services.projects.delete(OWNER, scan.project)
    assert run_state(scan, batch[1]) == "cancelled"
