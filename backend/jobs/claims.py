"""How a worker takes the next job.

A worker that asks does nothing now: what it holds all the same, because a claim was written and then
reported as failed, is taken again.

Runs that somebody asked for go first. The runs of batches are made here, one when a volume's turn comes: they
take turns with encoding, so that nobody waits for the end of a batch. Of several batches that goes on whose
person was served longest ago.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from backend.jobs import turns
from backend.queries.newest import CURRENT_SINCE
from backend.records import leases
from backend.records.batches import waiting_volumes
from backend.records.predictions import prediction_run
from backend.schemas.enums import EncodingState, ReviewState, RunState
from storage.batches import BatchRow, BatchVolumeRow
from storage.database import Database
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow, utc_now


def claim_run(database: Database, worker: str) -> str | None:
    """Take the queued run whose turn it is, else a batch's, now running; its id."""
    held = and_(RunRow.state == RunState.RUNNING, RunRow.worker_token == worker)
    waits = select(RunRow.id).where(or_(RunRow.state == RunState.QUEUED, held)).exists()
    if not _holds(database, or_(waits, waiting_volumes().exists())):
        return None
    with database.write() as session:
        run = (
            session.scalar(select(RunRow).where(held).limit(1))
            or turns.next_run(session)
            or _next_batch_run(session)
        )
        if run is None:
            return None
        run.state, run.stage, run.started_at = RunState.RUNNING, "Starting", utc_now()
        run.worker_token, run.lease_until = worker, leases.new_lease()
        return run.id


def claim_encoding(database: Database, worker: str) -> str | None:
    """Take the volume whose turn it is (:func:`backend.jobs.turns.next_encoding`), or one still held."""
    held = and_(VolumeRow.encoding_state == EncodingState.RUNNING, VolumeRow.encoding_worker == worker)
    waits = or_(VolumeRow.encoding_state == EncodingState.PENDING, held)
    if not _holds(database, select(VolumeRow.id).where(waits).exists()):
        return None
    with database.write() as session:
        volume = session.scalar(select(VolumeRow).where(held).limit(1)) or turns.next_encoding(session)
        if volume is None:
            return None
        volume.encoding_state, volume.encoding_turn_at = EncodingState.RUNNING, utc_now()
        volume.encoding_worker = worker
        return volume.id


def _holds(database: Database, condition: ColumnElement[bool]) -> bool:
    """Whether something waits. Most often nothing does, and then no lock is taken to see it."""
    with database.read() as session:
        return bool(session.scalar(select(literal(1)).where(condition)))


def _next_batch_run(session: Session) -> RunRow | None:
    """A new run for the volume whose turn it is, added and queued; None where none waits."""
    if _encoding_is_next(session):
        return None
    served = turns.last_served()
    query = (
        waiting_volumes()
        .outerjoin(served, served.c.asked_by == BatchRow.asked_by)
        .order_by(served.c.at.is_not(None), served.c.at, BatchRow.created_at, BatchVolumeRow.position)
        .limit(1)
    )
    while (waiting := session.scalar(query)) is not None:
        batch = session.get_one(BatchRow, waiting.batch_id)
        volume = session.get_one(VolumeRow, waiting.volume_id)
        if volume.review == ReviewState.ACCEPTED:  # since the batch began: it is frozen
            session.delete(waiting)
            session.flush()
            continue
        if (run_id := _newer_result(session, waiting.volume_id, batch)) is not None:
            waiting.run_id = run_id
            session.flush()
            continue
        model = session.get_one(ModelRow, batch.model_id)
        run = prediction_run(session, volume, model, {}, batch.asked_by)
        session.add(run)
        session.flush()
        waiting.run_id = run.id
        return run
    return None


def _newer_result(session: Session, volume_id: str, batch: BatchRow) -> str | None:
    """The run of a mask that somebody made or chose since: it is not predicted over."""
    query = select(MaskRow.run_id).where(
        MaskRow.volume_id == volume_id, MaskRow.draft.is_(False), batch.created_at < CURRENT_SINCE
    )
    return session.scalar(query.order_by(CURRENT_SINCE.desc()).limit(1))


def _encoding_is_next(session: Session) -> bool:
    """Whether an encoding waits, and none was taken since the last run of a batch began."""
    if not session.scalar(select(exists().where(VolumeRow.encoding_state == EncodingState.PENDING))):
        return False
    of_batches = select(func.max(RunRow.started_at)).join(BatchVolumeRow, BatchVolumeRow.run_id == RunRow.id)
    run_at = session.scalar(of_batches)
    encoding_at = session.scalar(select(func.max(VolumeRow.encoding_turn_at)))
    return run_at is not None and (encoding_at is None or encoding_at < run_at)
