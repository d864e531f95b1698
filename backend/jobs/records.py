"""What the worker and its supervisor read and write about jobs; every call is one short transaction.

States of a run: queued, running, then done, failed or cancelled. States of a volume's encoding:
pending, running, then done or failed. There is one worker, so at most one job is running.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.services.housekeeping import require_blob
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import Mask, Model, Run, Volume, WorkerStatus, utc_now

MAX_ENCODING_ATTEMPTS = 3
WORKER_DIED = (
    "The computation ended unexpectedly, most likely because memory ran out. "
    "Close other programs or use a smaller volume, then run it again."
)
INTERRUPTED = "The server was restarted while this ran. Run it again."


class StopReason(StrEnum):
    """Why a running job should stop."""

    CANCELLED = "cancelled"  # asked for, or what it worked on was deleted
    PREEMPTED = "preempted"  # something more urgent waits; go on later


class JobRecords:
    """Jobs in the database."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def claim_run(self) -> str | None:
        """Take the oldest queued run, now running."""
        with self._database.write() as session:
            query = select(Run).where(Run.state == "queued").order_by(Run.created_at, Run.id)
            run = session.scalar(query.limit(1))
            if run is None:
                return None
            run.state, run.stage, run.started_at = "running", "Starting", utc_now()
            return run.id

    def claim_encoding(self) -> str | None:
        """Take the volume whose encoding was asked for last: most likely the one on screen."""
        with self._database.write() as session:
            query = select(Volume).where(Volume.encoding_state == "pending")
            volume = session.scalar(query.order_by(Volume.encoding_requested_at.desc()).limit(1))
            if volume is None:
                return None
            volume.encoding_state = "running"
            return volume.id

    def run_and_volume(self, run_id: str) -> tuple[Run, Volume]:
        """Detached rows. Raises LookupError if they were deleted."""
        with self._database.read() as session:
            run = session.get(Run, run_id)
            volume = session.get(Volume, run.volume_id) if run else None
            if run is None or volume is None:
                raise LookupError(run_id)
            return run, volume

    def volume(self, volume_id: str) -> Volume:
        """A detached row. Raises LookupError if it was deleted."""
        with self._database.read() as session:
            volume = session.get(Volume, volume_id)
            if volume is None:
                raise LookupError(volume_id)
            return volume

    def run_should_stop(self, run_id: str) -> StopReason | None:
        """Whether the running run was cancelled or deleted."""
        with self._database.read() as session:
            run = session.get(Run, run_id)
            stop = run is None or run.cancel_requested_at is not None or run.state != "running"
            return StopReason.CANCELLED if stop else None

    def encoding_should_stop(self, volume: Volume) -> StopReason | None:
        """Whether the running encoding is superseded, or a run or a more urgent volume waits."""
        asked_at = volume.encoding_requested_at or volume.created_at
        with self._database.read() as session:
            current = session.get(Volume, volume.id)
            if current is None or current.encoding_token != volume.encoding_token:
                return StopReason.CANCELLED
            waiting_run = session.scalar(select(Run.id).where(Run.state == "queued").limit(1))
            urgent_volume = session.scalar(
                select(Volume.id).where(
                    Volume.encoding_state == "pending",
                    Volume.encoding_requested_at > asked_at,
                )
            )
            return StopReason.PREEMPTED if waiting_run or urgent_volume else None

    def update_run(self, run_id: str, **values: Any) -> None:
        """Write progress of a run; nothing happens if it was deleted."""
        self._update(Run, run_id, values)

    def update_encoding(self, volume: Volume, **values: Any) -> None:
        """Write progress of an encoding, unless it was superseded meanwhile."""
        with self._database.write() as session:
            row = session.get(Volume, volume.id)
            if row is not None and row.encoding_token == volume.encoding_token:
                for name, value in values.items():
                    setattr(row, f"encoding_{name}", value)

    def finish_run(self, run_id: str, mask: Mask, model: Model | None, report: dict[str, Any]) -> None:
        """Store a run's results and call it done, unless it was cancelled or deleted meanwhile."""
        with self._database.write() as session:
            run = session.get(Run, run_id)
            if run is None or run.state != "running" or run.cancel_requested_at is not None:
                return
            require_blob(self._blobs, mask.blob)
            if mask.confidence_blob is not None:
                require_blob(self._blobs, mask.confidence_blob)
            if model is not None:
                require_blob(self._blobs, model.blob)
                session.add(model)
                session.flush()
                run.model_id = model.id
            session.add(mask)
            _end(run, "done", stage="Done", fraction=1.0, report=report)

    def fail_run(self, run_id: str, sentence: str) -> None:
        """Call a run failed."""
        with self._database.write() as session:
            run = session.get(Run, run_id)
            if run is not None and run.state == "running":
                _end(run, "failed", error=sentence)

    def cancel_run(self, run_id: str) -> None:
        """Call a run cancelled."""
        with self._database.write() as session:
            run = session.get(Run, run_id)
            if run is not None and run.state == "running":
                _end(run, "cancelled", stage="Cancelled")

    def overdue_cancellation(self, patience_s: float) -> str | None:
        """A running run that was cancelled longer than ``patience_s`` ago, or None."""
        latest = utc_now() - timedelta(seconds=patience_s)
        with self._database.read() as session:
            return session.scalar(
                select(Run.id).where(Run.state == "running", Run.cancel_requested_at < latest).limit(1)
            )

    def worker_died(self) -> None:
        """What was running failed, or for encodings is tried again, a few times."""
        with self._database.write() as session:
            for run in _running_runs(session):
                cancelled = run.cancel_requested_at is not None
                _end(run, "cancelled", stage="Cancelled") if cancelled else _end(
                    run, "failed", error=WORKER_DIED
                )
            for volume in _running_encodings(session):
                volume.encoding_attempts += 1
                if volume.encoding_attempts >= MAX_ENCODING_ATTEMPTS:
                    volume.encoding_state, volume.encoding_error = "failed", WORKER_DIED
                else:
                    volume.encoding_state = "pending"

    def recover_after_restart(self) -> None:
        """At start, before a worker runs: nothing can be running."""
        with self._database.write() as session:
            for run in _running_runs(session):
                _end(run, "failed", error=INTERRUPTED)
            for volume in _running_encodings(session):
                volume.encoding_state = "pending"

    def set_worker_status(self, **values: Any) -> None:
        """Note what the worker is."""
        with self._database.write() as session:
            status = session.get(WorkerStatus, 1) or WorkerStatus(id=1, encoder="", device="")
            for name, value in values.items():
                setattr(status, name, value)
            session.add(status)

    def _update(self, table: type[Run], key: str, values: dict[str, Any]) -> None:
        with self._database.write() as session:
            row = session.get(table, key)
            if row is not None:
                for name, value in values.items():
                    setattr(row, name, value)


def _end(run: Run, state: str, **values: Any) -> None:
    run.state, run.finished_at, run.eta_s = state, utc_now(), None
    for name, value in values.items():
        setattr(run, name, value)


def _running_runs(session: Session) -> list[Run]:
    return list(session.scalars(select(Run).where(Run.state == "running")))


def _running_encodings(session: Session) -> list[Volume]:
    return list(session.scalars(select(Volume).where(Volume.encoding_state == "running")))
