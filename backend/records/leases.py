"""Which running jobs nobody works on any more, and how they end.

The supervisor draws a token for each worker process it starts, and whatever the worker takes bears it: a
run in ``worker_token``, a volume in ``encoding_worker``. What bears another token than the live worker's is
abandoned. So the next worker need not wait until the death of the last one is written: the supervisor looks
at each tick for jobs with other tokens, and a database that was locked or a full disk delays their end but
cannot prevent it. A worker that was paused, and whose run was ended meanwhile, finds another state or token
there and writes nothing.

A running run also bears a lease, renewed every few seconds by a thread of the worker (:mod:`.heartbeat`).
It is for requests, which cannot ask the supervisor: a run whose lease has run out is abandoned unless its
worker's process is there. Leases alone decide only where processes cannot be seen, because they are times
of the wall clock, which may be set forward or back; a lease further ahead than any worker would set it is
taken for run out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.records.batches import put_back
from backend.records.processes import is_alive
from backend.schemas.enums import EncodingState, RunState
from storage.models import RunRow, VolumeRow, WorkerStatusRow, utc_now

LEASE = timedelta(seconds=30)
MAX_ENCODING_ATTEMPTS = 3
WORKER_DIED = (
    "The computation ended unexpectedly, most likely because memory ran out. "
    "Close other programs or use a smaller volume, then run it again."
)
INTERRUPTED = "The server was restarted while this ran. Run it again."


@dataclass(frozen=True)
class WorkerEnd:
    """How a worker process ended.

    Attributes:
        run_error: the error that its running run ends with.
        encoding_error: the error that its running encoding ends with; None to try it again.
    """

    run_error: str = WORKER_DIED
    encoding_error: str | None = None


@dataclass(frozen=True)
class RunningJob:
    """What a worker does; ``kind`` is "run" or "encoding", ``key`` the id of the run or volume."""

    kind: str
    key: str
    cancel_requested: bool = False


def new_lease() -> datetime:
    """Until when a worker holds a run that it takes or renews now."""
    return utc_now() + LEASE


def end_run(run: RunRow, state: RunState, **values: Any) -> None:
    """Set a run's final state."""
    run.state, run.finished_at, run.eta_s, run.lease_until = state, utc_now(), None, None
    for name, value in values.items():
        setattr(run, name, value)


def request_cancel(run: RunRow) -> None:
    """Cancel a run: at once if it waits, within seconds if it runs; harmless if it has ended."""
    if run.state == RunState.QUEUED:
        end_run(run, RunState.CANCELLED, stage="Cancelled")
    elif run.state == RunState.RUNNING and run.cancel_requested_at is None:
        run.cancel_requested_at, run.stage = utc_now(), "Cancelling"


def abandoned_runs(session: Session, live: str | None) -> list[RunRow]:
    """Running runs of other workers than the one with the token ``live``; of all if that is None."""
    query = select(RunRow).where(RunRow.state == RunState.RUNNING)
    if live is not None:
        query = query.where(RunRow.worker_token.is_distinct_from(live))
    return list(session.scalars(query))


def abandoned_encodings(session: Session, live: str | None) -> list[VolumeRow]:
    """Volumes that another worker than the one with the token ``live`` encoded; all if that is None."""
    query = select(VolumeRow).where(VolumeRow.encoding_state == EncodingState.RUNNING)
    if live is not None:
        query = query.where(VolumeRow.encoding_worker.is_distinct_from(live))
    return list(session.scalars(query))


def running_job(session: Session, worker: str) -> RunningJob | None:
    """What the worker with this token does."""
    run = session.scalar(
        select(RunRow).where(RunRow.state == RunState.RUNNING, RunRow.worker_token == worker)
    )
    if run is not None:
        return RunningJob("run", run.id, run.cancel_requested_at is not None)
    encoded = select(VolumeRow.id).where(
        VolumeRow.encoding_state == EncodingState.RUNNING, VolumeRow.encoding_worker == worker
    )
    volume_id = session.scalar(encoded)
    return None if volume_id is None else RunningJob("encoding", volume_id)


def end_abandoned(session: Session, live: str | None, ends: Mapping[str, WorkerEnd]) -> None:
    """End runs and put back encodings of all workers but the live one.

    Args:
        ends: how workers of this server ended; others were those of an earlier server.
    """
    for run in abandoned_runs(session, live):
        end = ends.get(run.worker_token or "")
        put_back(session, run, worker_died=end is not None)
        give_up_run(run, INTERRUPTED if end is None else end.run_error)
    for volume in abandoned_encodings(session, live):
        give_up_encoding(volume, ends.get(volume.encoding_worker or ""))


def give_up_run(run: RunRow, error: str) -> None:
    """End a run that its worker left: cancelled if that was asked for, else failed."""
    if run.cancel_requested_at is not None:
        end_run(run, RunState.CANCELLED, stage="Cancelled")
    else:
        end_run(run, RunState.FAILED, error=error)


def give_up_encoding(volume: VolumeRow, end: WorkerEnd | None) -> None:
    """Queue an encoding again that its worker left, a few times.

    Args:
        end: of the worker; None if its server ended, which is no fault of the volume.
    """
    volume.encoding_worker, volume.encoding_eta_s = None, None
    volume.encoding_attempts += 0 if end is None else 1
    error = WORKER_DIED if volume.encoding_attempts >= MAX_ENCODING_ATTEMPTS else None
    if end is not None and end.encoding_error is not None:
        error = end.encoding_error
    volume.encoding_state = EncodingState.PENDING if error is None else EncodingState.FAILED
    volume.encoding_error = error


def has_lost_its_worker(session: Session, run: RunRow) -> bool:
    """Whether a running run's lease has run out and its worker's process is not there."""
    now = utc_now()
    if run.lease_until is not None and now < run.lease_until <= now + 2 * LEASE:
        return False
    status = session.get(WorkerStatusRow, 1)
    if status is None or status.pid is None or status.token != run.worker_token:
        return True  # another worker has taken its place
    return is_alive(status.pid) is not True
