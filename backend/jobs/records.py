"""What the worker and its supervisor read and write about jobs; every call is one short transaction.

States of a run: queued, running, then done, failed or cancelled. States of a volume's encoding:
pending, running, then done or failed. A worker does one job at a time, and what it does bears its token:
it changes no run or encoding that was taken from it (:mod:`backend.records.leases`).

Progress that cannot be written is skipped. The end of a job is written until the database takes it, since
nothing else can be done without it; a run's results are given up after ``patience_s``, so that it fails with
a sentence.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError

from backend.blobs import require_blob
from backend.jobs import claims, turns
from backend.jobs.failures import keep_trying
from backend.jobs.watch import StopReason
from backend.records import leases
from backend.records.leases import RunningJob, WorkerEnd, end_run
from backend.records.media_requests import add_requests, surfaces_of
from backend.records.volumes import slice_count
from backend.schemas.enums import EncodingState, RunState
from fewshot_sam.data.planes import Plane
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow, WorkerStatusRow, utc_now

logger = logging.getLogger(__name__)
SILENCE_S = 30.0
"""How long no progress is written after the database did not take it."""


class JobRecords:
    """Jobs in the database.

    Args:
        worker: token of the worker that this object serves.
        retry_s: between two attempts to write the end of a job.
        patience_s: how long to try to store a run's results.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        worker: str = "",
        retry_s: float = 2.0,
        patience_s: float = 60.0,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._worker = worker
        self._retry_s = retry_s
        self._patience_s = patience_s
        self._silent_until = float("-inf")

    def claim_run(self) -> str | None:
        """Take the run whose turn it is, see :func:`backend.jobs.claims.claim_run`."""
        return claims.claim_run(self._database, self._worker)

    def claim_encoding(self) -> str | None:
        """Take the volume whose turn it is to be encoded, see :func:`backend.jobs.claims.claim_encoding`."""
        return claims.claim_encoding(self._database, self._worker)

    def run_and_volume(self, run_id: str) -> tuple[RunRow, VolumeRow]:
        """Detached rows. Raises LookupError if they were deleted."""
        with self._database.read() as session:
            run = session.get(RunRow, run_id)
            volume = session.get(VolumeRow, run.volume_id) if run else None
            if run is None or volume is None:
                raise LookupError(run_id)
            return run, volume

    def volume(self, volume_id: str) -> VolumeRow:
        """A detached row. Raises LookupError if it was deleted."""
        with self._database.read() as session:
            volume = session.get(VolumeRow, volume_id)
            if volume is None:
                raise LookupError(volume_id)
            return volume

    def run_should_stop(self, run_id: str) -> StopReason | None:
        """Whether the running run was cancelled, deleted or taken from this worker."""
        with self._database.read() as session:
            run = session.get(RunRow, run_id)
            if run is None or not self._holds_run(run) or run.cancel_requested_at is not None:
                return StopReason.CANCELLED
            return None

    def encoding_should_stop(self, volume: VolumeRow, encoding_for_s: float) -> StopReason | None:
        """Whether the running encoding is superseded, or something more urgent waits."""
        with self._database.read() as session:
            current = session.get(VolumeRow, volume.id)
            if current is None or not self._holds_encoding(current, volume):
                return StopReason.CANCELLED
            return StopReason.PREEMPTED if turns.must_give_way(session, volume, encoding_for_s) else None

    def update_run(self, run_id: str, **values: Any) -> None:
        """Write progress of a run; nothing happens if it was deleted or has ended."""

        def write() -> None:
            with self._database.write() as session:
                run = session.get(RunRow, run_id)
                if run is not None and self._holds_run(run):
                    _set(run, values)

        self._write_progress(write)

    def update_encoding(self, volume: VolumeRow, **values: Any) -> None:
        """Write progress of an encoding, unless it was superseded meanwhile."""
        self._write_progress(lambda: self._set_encoding(volume, values))

    def end_encoding(self, volume: VolumeRow, **values: Any) -> None:
        """Write the final state of an encoding, or that it waits again, unless it was superseded."""
        self._keep_trying(lambda: self._set_encoding(volume, {"eta_s": None, "worker": None, **values}))

    def finish_encoding(self, volume: VolumeRow) -> None:
        """Call an encoding done, and those that wait for the same slices with it."""

        def write() -> None:
            with self._database.write() as session:
                row = session.get(VolumeRow, volume.id)
                if row is None or row.encoding_token != volume.encoding_token:
                    return
                for each in (row, *turns.waiting_siblings(session, row)):
                    each.encoding_state, each.encoding_eta_s, each.encoding_error = (
                        EncodingState.DONE,
                        None,
                        None,
                    )
                    each.encoding_done, each.encoding_attempts = slice_count(each, Plane(each.plane)), 0
                    each.encoding_worker = None

        self._keep_trying(write)

    def finish_run(self, run_id: str, mask: MaskRow, model: ModelRow | None, report: dict[str, Any]) -> None:
        """Store a run's results and call it done, unless it was cancelled, deleted or taken away meanwhile.

        Raises:
            OperationalError: the database did not take it for ``patience_s``.
        """
        keep_trying(lambda: self._store(run_id, mask, model, report), self._retry_s, self._patience_s)

    def show_draft(self, run_id: str, mask: MaskRow) -> None:
        """Store what a run shows before it is done; the volume's next mask, draft or not, takes it away."""
        with self._database.write() as session:
            run = session.get(RunRow, run_id)
            if run is not None and self._holds_run(run):
                require_blob(self._blobs, mask.blob)
                session.execute(delete(MaskRow).where(MaskRow.volume_id == mask.volume_id, MaskRow.draft))
                session.add(mask)

    def fail_run(self, run_id: str, sentence: str) -> None:
        """Call a run failed."""
        self._keep_trying(lambda: self._end_held_run(run_id, RunState.FAILED, error=sentence))

    def cancel_run(self, run_id: str) -> None:
        """Call a run cancelled."""
        self._keep_trying(lambda: self._end_held_run(run_id, RunState.CANCELLED, stage="Cancelled"))

    def renew(self, pid: int) -> None:
        """Say that this worker lives: its status, and the lease of the run it holds."""
        with self._database.write() as session:
            status = session.get(WorkerStatusRow, 1) or WorkerStatusRow(id=1, encoder="", device="")
            status.pid, status.token, status.heartbeat_at = pid, self._worker, utc_now()
            session.add(status)
            session.execute(
                update(RunRow)
                .where(RunRow.state == RunState.RUNNING, RunRow.worker_token == self._worker)
                .values(lease_until=leases.new_lease())
            )

    def set_worker_status(self, **values: Any) -> None:
        """Note what the worker is."""

        def write() -> None:
            with self._database.write() as session:
                status = session.get(WorkerStatusRow, 1) or WorkerStatusRow(id=1, encoder="", device="")
                _set(status, values | {"token": self._worker, "heartbeat_at": utc_now()})
                session.add(status)

        self._keep_trying(write)

    def running_job(self, worker: str) -> RunningJob | None:
        """What the worker with this token does."""
        with self._database.read() as session:
            return leases.running_job(session, worker)

    def end_abandoned(self, live: str | None, ends: Mapping[str, WorkerEnd]) -> None:
        """End runs and put back encodings of all workers but the live one; does nothing twice.

        Args:
            live: token of the live worker, None while there is none.
            ends: how workers of this server ended; others were those of an earlier server.
        """
        with self._database.read() as session:
            if not leases.abandoned_runs(session, live) and not leases.abandoned_encodings(session, live):
                return
        with self._database.write() as session:
            leases.end_abandoned(session, live, ends)

    def _store(self, run_id: str, mask: MaskRow, model: ModelRow | None, report: dict[str, Any]) -> None:
        with self._database.write() as session:
            run = session.get(RunRow, run_id)
            if run is None or not self._holds_run(run):
                return
            if run.cancel_requested_at is not None:
                end_run(run, RunState.CANCELLED, stage="Cancelled")
                return
            for key in filter(None, (mask.blob, mask.confidence_blob, model.blob if model else None)):
                require_blob(self._blobs, key)
            if model is not None:
                stored = session.merge(model)  # a copy, so that a second attempt can store it too
                session.flush()
                run.model_id = stored.id
            session.execute(delete(MaskRow).where(MaskRow.volume_id == mask.volume_id, MaskRow.draft))
            stored_mask = session.merge(mask)
            session.flush()
            add_requests(session, surfaces_of(stored_mask))
            end_run(run, RunState.DONE, stage="Done", fraction=1.0, report=report)

    def _end_held_run(self, run_id: str, state: RunState, **values: Any) -> None:
        with self._database.write() as session:
            run = session.get(RunRow, run_id)
            if run is not None and self._holds_run(run):
                end_run(run, state, **values)

    def _set_encoding(self, volume: VolumeRow, values: dict[str, Any]) -> None:
        with self._database.write() as session:
            row = session.get(VolumeRow, volume.id)
            if row is not None and self._holds_encoding(row, volume):
                _set(row, {f"encoding_{name}": value for name, value in values.items()})

    def _holds_run(self, run: RunRow) -> bool:
        return run.state == RunState.RUNNING and run.worker_token == self._worker

    def _holds_encoding(self, current: VolumeRow, claimed: VolumeRow) -> bool:
        return current.encoding_token == claimed.encoding_token and current.encoding_worker == self._worker

    def _keep_trying(self, write: Callable[[], None]) -> None:
        keep_trying(write, self._retry_s)

    def _write_progress(self, write: Callable[[], None]) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            write()
        except OperationalError:
            logger.warning("could not write progress; none is written for %g s", SILENCE_S, exc_info=True)
            self._silent_until = time.monotonic() + SILENCE_S


def _set(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
