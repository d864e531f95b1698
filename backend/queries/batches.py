"""Batches of projects, and how far each is."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from backend.schemas.batches import BatchAnswer, BatchVolumeAnswer
from backend.schemas.enums import UNFINISHED, BatchState, RunState
from storage.batches import BatchRow, BatchVolumeRow
from storage.models import MaskRow, RunRow, VolumeRow
from storage.readings import EVERY_READING


class BatchVolume(NamedTuple):
    """A volume of a batch; its run is None while it waits."""

    row: BatchVolumeRow
    name: str
    run: RunRow | None

    def state(self, batch: BatchRow) -> RunState:
        """What became of it."""
        if self.run is None:
            return RunState.CANCELLED if batch.cancelled_at else RunState.QUEUED
        return RunState(self.run.state)


def select_batches(project_id: str) -> Select[BatchRow]:
    """The batches of a project, the newest first."""
    newest_first = (BatchRow.created_at.desc(), BatchRow.id)
    return select(BatchRow).where(BatchRow.project_id == project_id).order_by(*newest_first)


def has_unfinished_batch(session: Session, project_id: str) -> bool:
    """Whether a volume of one of the project's batches waits or runs."""
    under_way = or_(BatchVolumeRow.run_id.is_(None), RunRow.state.in_(UNFINISHED))
    query = (
        select(BatchRow.id)
        .join(BatchVolumeRow, BatchVolumeRow.batch_id == BatchRow.id)
        .join(VolumeRow, BatchVolumeRow.volume_id == VolumeRow.id)
        .outerjoin(RunRow, BatchVolumeRow.run_id == RunRow.id)
        .where(BatchRow.project_id == project_id, BatchRow.cancelled_at.is_(None), under_way)
    )
    return session.scalar(query.limit(1), execution_options=EVERY_READING) is not None


def batch_volumes(session: Session, batch: BatchRow, hidden_too: bool = False) -> list[BatchVolume]:
    """The volumes of a batch in their order; those that were deleted meanwhile are left out.

    Args:
        hidden_too: those that the session's person must not see as well, to change all of them.
    """
    query = (
        select(BatchVolumeRow, VolumeRow.name, RunRow)
        .join(VolumeRow, BatchVolumeRow.volume_id == VolumeRow.id)
        .outerjoin(RunRow, BatchVolumeRow.run_id == RunRow.id)
        .where(BatchVolumeRow.batch_id == batch.id)
        .order_by(BatchVolumeRow.position)
    )
    options = EVERY_READING if hidden_too else {}
    return [BatchVolume(*each) for each in session.execute(query, execution_options=options)]


def batch_state(batch: BatchRow, volumes: list[BatchVolume]) -> BatchState:
    """Where a batch stands."""
    if batch.cancelled_at is not None:
        return BatchState.CANCELLED
    under_way = any(volume.state(batch) in UNFINISHED for volume in volumes)
    return BatchState.RUNNING if under_way else BatchState.DONE


def batch_answer(session: Session, batch: BatchRow) -> BatchAnswer:
    """A batch as it stands."""
    volumes = batch_volumes(session, batch)
    states = [volume.state(batch) for volume in volumes]
    return BatchAnswer(
        id=batch.id,
        project_id=batch.project_id,
        model_id=batch.model_id,
        state=batch_state(batch, batch_volumes(session, batch, hidden_too=True)),
        total=len(volumes),
        done=states.count(RunState.DONE),
        failed=states.count(RunState.FAILED),
        eta_s=None if batch.cancelled_at else _eta_s(volumes),
        volumes=[
            BatchVolumeAnswer(
                volume_id=volume.row.volume_id,
                name=volume.name,
                state=state,
                fraction=0.0 if volume.run is None else round(volume.run.fraction, 4),
                error=volume.run.error if volume.run else None,
            )
            for volume, state in zip(volumes, states, strict=True)
        ],
        created_at=batch.created_at,
    )


def volumes_with_mask_of(session: Session, model_id: str) -> set[str]:
    """The ids of the volumes that have a mask which a model made."""
    query = select(MaskRow.volume_id).join(RunRow, MaskRow.run_id == RunRow.id)
    return set(session.scalars(query.where(RunRow.model_id == model_id, MaskRow.draft.is_(False))))


def _eta_s(volumes: list[BatchVolume]) -> float | None:
    """Seconds to the end, as volumes took until now; of the first, as it goes."""
    runs = [volume.run for volume in volumes if volume.run is not None]
    took = [
        (run.finished_at - run.started_at).total_seconds()
        for run in runs
        if run.state == RunState.DONE and run.started_at and run.finished_at
    ]
    now = next((run for run in runs if run.state == RunState.RUNNING), None)
    left = None if now is None else now.eta_s
    waiting = sum(volume.run is None for volume in volumes)
    if took:
        each = sum(took) / len(took)
    elif left is not None:
        each = left
    else:
        return None
    return round(waiting * each + ((left if left is not None else each) if now else 0.0), 1)
