"""A run whose worker is gone ends, whoever notices; a worker that lost its run writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from backend.errors import ConflictError
from backend.jobs import heartbeat
from backend.jobs.heartbeat import Heartbeat
from backend.jobs.records import JobRecords
from backend.jobs.watch import StopReason
from backend.records import leases
from backend.records.leases import LEASE, RunningJob, WorkerEnd, has_lost_its_worker
from backend.records.processes import is_alive, process_memory_bytes
from backend.services import Services
from fewshot_sam.io.limits import machine_memory_bytes
from storage.models import MaskRow, RunRow, VolumeRow, WorkerStatusRow, utc_now
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, axial_bytes

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture
def records(services: Services) -> JobRecords:
    return JobRecords(services.database, services.blobs, "first")


@pytest.fixture
def run_id(services: Services, records: JobRecords, volume_id: str, label_value: int) -> str:
    """A run that the first worker took."""
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(label_value), "painted", 0)
    run_id = str(services.runs.create(OWNER, volume_id, "propagate").id)
    assert records.claim_run() == run_id
    return run_id


def dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def set_lease(services: Services, run_id: str, ahead: timedelta) -> None:
    with services.database.write() as session:
        session.get_one(RunRow, run_id).lease_until = utc_now() + ahead


def lost(services: Services, run_id: str) -> bool:
    with services.database.read() as session:
        return has_lost_its_worker(session, session.get_one(RunRow, run_id))


def mask_of(services: Services, volume_id: str, run_id: str) -> MaskRow:
    key = services.blobs.put("npy", lambda file: file.write(b"mask"))
    return MaskRow(volume_id=volume_id, run_id=run_id, shape=list(SHAPE), labels=[], blob=key)


def test_what_the_live_worker_holds_is_not_ended(
    services: Services, records: JobRecords, run_id: str
) -> None:
    records.end_abandoned("first", {})
    assert services.runs.get(OWNER, run_id).state == "running"
    assert records.running_job("first") == RunningJob("run", run_id)


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ({"first": WorkerEnd()}, leases.WORKER_DIED),
        ({"first": WorkerEnd("Too much.")}, "Too much."),
        ({}, leases.INTERRUPTED),
    ],
)
@pytest.mark.parametrize("live", ["second", None])
def test_a_run_of_another_worker_is_ended_with_its_sentence(
    services: Services,
    records: JobRecords,
    run_id: str,
    ends: dict[str, WorkerEnd],
    sentence: str,
    live: str | None,
) -> None:
    records.end_abandoned(live, ends)
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error) == ("failed", sentence)


def test_a_cancelled_run_of_a_dead_worker_is_cancelled(
    services: Services, records: JobRecords, run_id: str
) -> None:
    services.runs.cancel(OWNER, run_id)
    assert records.running_job("first") == RunningJob("run", run_id, cancel_requested=True)
    records.end_abandoned("second", {})
    assert services.runs.get(OWNER, run_id).state == "cancelled"


def test_an_encoding_too_large_for_the_server_is_not_tried_again(
    services: Services, records: JobRecords, volume_id: str
) -> None:
    assert records.claim_encoding() == volume_id
    records.end_abandoned(None, {"first": WorkerEnd("-", "Reading the slices needed too much.")})
    encoding = services.volumes.get(OWNER, volume_id).encoding
    assert (encoding.state, encoding.error) == ("failed", "Reading the slices needed too much.")


def test_a_worker_that_was_paused_writes_nothing_over_what_came_after(
    services: Services, records: JobRecords, volume_id: str, run_id: str
) -> None:
    second = JobRecords(services.database, services.blobs, "second")
    second.end_abandoned("second", {})
    again = str(services.runs.create(OWNER, volume_id, "propagate").id)
    assert second.claim_run() == again
    for mine in (run_id, again):  # the worker goes on, and then even takes the other's run for its own
        assert records.run_should_stop(mine) is StopReason.CANCELLED
        records.update_run(mine, fraction=0.7, stage="Learning")
        records.finish_run(mine, mask_of(services, volume_id, mine), None, {})
        records.fail_run(mine, "Not this one.")
        records.cancel_run(mine)
    first, new = (services.runs.get(OWNER, each) for each in (run_id, again))
    assert (first.state, first.fraction, first.mask_id) == ("failed", 0.0, None)
    assert (new.state, new.fraction, new.mask_id, new.stage) == ("running", 0.0, None, "Starting")


def test_a_worker_that_lost_an_encoding_does_not_change_it(
    services: Services, records: JobRecords, volume_id: str
) -> None:
    assert records.claim_encoding() == volume_id
    mine = records.volume(volume_id)
    second = JobRecords(services.database, services.blobs, "second")
    second.end_abandoned("second", {"first": WorkerEnd()})
    assert second.claim_encoding() == volume_id
    assert records.encoding_should_stop(mine, 0.0) is StopReason.CANCELLED
    records.end_encoding(mine, state="failed", error="Not this one.")
    with services.database.read() as session:
        row = session.get_one(VolumeRow, volume_id)
    assert (row.encoding_state, row.encoding_worker, row.encoding_attempts) == ("running", "second", 1)


def test_what_a_worker_holds_when_it_asks_for_work_is_taken_again(
    services: Services, records: JobRecords, volume_id: str, run_id: str
) -> None:
    assert records.claim_run() == run_id
    assert records.claim_encoding() == volume_id
    assert records.claim_encoding() == volume_id
    assert JobRecords(services.database, services.blobs, "second").claim_run() is None


def test_a_run_cancelled_as_it_ends_is_cancelled(
    services: Services, records: JobRecords, volume_id: str, run_id: str
) -> None:
    services.runs.cancel(OWNER, run_id)
    records.finish_run(run_id, mask_of(services, volume_id, run_id), None, {})
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.mask_id) == ("cancelled", None)


def test_a_heartbeat_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "RENEW_S", 0.01)
    renewed = threading.Event()
    calls: list[int] = []

    def renew() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise OSError("database is locked")
        renewed.set()

    Heartbeat(renew).start()
    assert renewed.wait(60)


def test_renewing_extends_the_lease_and_says_which_process_lives(
    services: Services, records: JobRecords, run_id: str
) -> None:
    set_lease(services, run_id, timedelta(seconds=-5))
    records.renew(os.getpid())
    with services.database.read() as session:
        lease = session.get_one(RunRow, run_id).lease_until
        status = session.get_one(WorkerStatusRow, 1)
    assert lease is not None
    assert lease > utc_now() + LEASE / 2
    assert (status.pid, status.token) == (os.getpid(), "first")
    assert status.heartbeat_at is not None


@needs_proc
@pytest.mark.parametrize("ahead", [timedelta(seconds=-1), timedelta(hours=-2), timedelta(hours=2)])
def test_setting_the_clock_ends_no_run_of_a_live_process(
    services: Services, records: JobRecords, run_id: str, ahead: timedelta
) -> None:
    records.renew(os.getpid())
    set_lease(services, run_id, ahead)
    assert not lost(services, run_id)


@needs_proc
@pytest.mark.parametrize(
    ("ahead", "is_lost"),
    [(timedelta(seconds=10), False), (timedelta(seconds=-1), True), (timedelta(hours=2), True)],
)
def test_a_run_of_a_dead_process_is_lost_when_its_lease_has_run_out(
    services: Services, records: JobRecords, run_id: str, ahead: timedelta, is_lost: bool
) -> None:
    records.renew(dead_pid())
    set_lease(services, run_id, ahead)
    assert lost(services, run_id) is is_lost


def test_where_processes_cannot_be_seen_the_lease_decides(
    services: Services, records: JobRecords, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "is_alive", lambda pid: None)
    records.renew(os.getpid())
    assert not lost(services, run_id)
    set_lease(services, run_id, timedelta(seconds=-1))
    assert lost(services, run_id)


def test_a_request_for_a_new_run_ends_one_that_lost_its_worker(
    services: Services, records: JobRecords, volume_id: str, run_id: str
) -> None:
    records.renew(dead_pid())
    with pytest.raises(ConflictError, match="A run on this volume has not ended yet"):
        services.runs.create(OWNER, volume_id, "propagate")
    set_lease(services, run_id, timedelta(seconds=-1))
    again = services.runs.create(OWNER, volume_id, "propagate")
    assert again.state == "queued"
    first = services.runs.get(OWNER, run_id)
    assert (first.state, first.error) == ("failed", leases.WORKER_DIED)


def test_a_run_whose_worker_was_replaced_is_lost(
    services: Services, records: JobRecords, run_id: str
) -> None:
    JobRecords(services.database, services.blobs, "second").renew(os.getpid())
    set_lease(services, run_id, timedelta(seconds=-1))
    assert lost(services, run_id)


@needs_proc
def test_a_process_is_alive_until_it_has_ended() -> None:
    assert is_alive(os.getpid())
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout is not None
    ended.stdout.read()  # its end; it is not reaped yet
    while is_alive(ended.pid):
        time.sleep(0.01)
    ended.wait()
    assert is_alive(ended.pid) is False
    assert process_memory_bytes(ended.pid) is None
    memory, machine = process_memory_bytes(os.getpid()), machine_memory_bytes()
    assert memory is not None
    assert 1024**2 < memory < machine
