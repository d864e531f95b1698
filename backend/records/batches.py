"""Batches as server and worker see them: which volumes wait, and what a worker's end does to them.

A batch has no state of its own but that it was cancelled: a volume waits while it has no run, and what
became of it is its run's state. So a batch goes on where it stopped whoever is restarted.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from backend.schemas.enums import UNFINISHED
from storage.batches import BatchRow, BatchVolumeRow
from storage.models import RunRow, VolumeRow

MAX_DEATHS = 2
"""So many workers may die of a volume before its run has failed for good: memory may have been short."""


def waiting_volumes() -> Select[BatchVolumeRow]:
    """Volumes of batches whose turn can come."""
    return (
        select(BatchVolumeRow)
        .join(BatchRow, BatchVolumeRow.batch_id == BatchRow.id)
        .join(VolumeRow, BatchVolumeRow.volume_id == VolumeRow.id)  # of those that are not deleted
        .where(BatchVolumeRow.run_id.is_(None), BatchRow.cancelled_at.is_(None), ~_is_run())
    )


def _is_run() -> ColumnElement[bool]:
    return exists().where(RunRow.volume_id == BatchVolumeRow.volume_id, RunRow.state.in_(UNFINISHED))


def put_back(session: Session, run: RunRow, worker_died: bool) -> None:
    """Let the volume of a run that its worker left wait again, if it is of a batch.

    Args:
        worker_died: of it, perhaps; else its server ended, which is no fault of the volume.
    """
    if run.cancel_requested_at is not None:
        return
    for volume in session.scalars(select(BatchVolumeRow).where(BatchVolumeRow.run_id == run.id)):
        volume.deaths += worker_died
        if volume.deaths < MAX_DEATHS:
            volume.run_id = None
