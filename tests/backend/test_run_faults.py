"""A database that is locked and a disk that is full delay the end of a run; they never prevent it."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backend.config import Config
from backend.jobs import failures
from backend.jobs.encode_job import encode_in_background
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.jobs.supervisor import Supervisor
from backend.records.leases import WORKER_DIED
from backend.services import Services
from storage.database import Database
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import (
    ended,
    fake_worker_command,
    paint,
    propagate,
    running,
    set_behaviour,
    wait_for,
)


class Lock:
    """Another program that holds the database's write lock."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)
        self._connection.isolation_level = None

    def take(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self.release()
        self._connection.close()


@pytest.fixture
def impatient(config: Config, services: Services) -> Iterator[Database]:
    """The database for a writer that hardly waits for a lock."""
    database = Database(config.database_url, busy_timeout_ms=20)
    yield database
    database.close()


@pytest.fixture
def lock(config: Config, services: Services) -> Iterator[Lock]:
    lock = Lock(config.database_url)
    yield lock
    lock.close()


@pytest.fixture
def records(services: Services, impatient: Database) -> JobRecords:
    return JobRecords(impatient, services.blobs, "w", retry_s=0.02, patience_s=0.1)


@pytest.fixture
def execute(
    services: Services, config: Config, records: JobRecords, impatient: Database
) -> Callable[[], None]:
    """Take the queued run and execute it in this process."""

    def do() -> None:
        run_id = records.claim_run()
        assert run_id is not None
        RunJob(records, FakeToolbox(config), impatient, services.blobs).execute(run_id)

    return do


@pytest.fixture
def run_id(services: Services, volume_id: str, label_value: int) -> str:
    paint(services, volume_id, label_value)
    return propagate(services, volume_id)


def release_at_call(monkeypatch: pytest.MonkeyPatch, lock: Lock, method: str, number: int) -> None:
    """Release the lock when the records' private method is called for the n-th time."""
    original, calls = getattr(JobRecords, method), []

    def counting(self: JobRecords, *arguments: Any, **values: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            lock.release()
        return original(self, *arguments, **values)

    monkeypatch.setattr(JobRecords, method, counting)


def lock_at_the_end(monkeypatch: pytest.MonkeyPatch, lock: Lock) -> None:
    """Take the lock when a run's results are about to be stored."""
    original = JobRecords.finish_run

    def locked(self: JobRecords, *arguments: Any) -> None:
        lock.take()
        original(self, *arguments)

    monkeypatch.setattr(JobRecords, "finish_run", locked)


def test_results_are_stored_once_the_lock_is_gone(
    services: Services,
    run_id: str,
    execute: Callable[[], None],
    lock: Lock,
    records: JobRecords,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "_patience_s", 600.0)
    lock_at_the_end(monkeypatch, lock)
    release_at_call(monkeypatch, lock, "_store", 3)
    execute()
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error) == ("done", None)
    assert run.model_id is not None
    assert services.masks.get(OWNER, run.mask_id).labels[0].voxels == 8


def test_a_run_whose_results_cannot_be_stored_fails_with_a_sentence(
    services: Services,
    run_id: str,
    execute: Callable[[], None],
    lock: Lock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock_at_the_end(monkeypatch, lock)
    release_at_call(monkeypatch, lock, "_end_held_run", 3)  # the failure itself has to wait too
    execute()
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error, run.mask_id) == ("failed", failures.DATABASE_BUSY, None)


def test_a_database_on_a_full_disk_fails_the_run_with_a_sentence(
    services: Services, run_id: str, execute: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: JobRecords, *arguments: Any) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(JobRecords, "_store", full)
    execute()
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error) == ("failed", failures.DISK_FULL)


def test_a_model_that_does_not_fit_on_the_disk_fails_the_run_with_a_sentence(
    services: Services, config: Config, run_id: str, execute: Callable[[], None]
) -> None:
    set_behaviour(config, "disk full")
    execute()
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error) == ("failed", failures.DISK_FULL)
    assert list((services.blobs.root / "incoming").iterdir()) == []


def test_embeddings_that_do_not_fit_on_the_disk_fail_the_encoding_with_a_sentence(
    services: Services, config: Config, records: JobRecords, volume_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any, **values: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(FakeToolbox, "encode", full)
    assert records.claim_encoding() == volume_id
    encode_in_background(records, FakeToolbox(config), services.blobs, volume_id)
    encoding = services.volumes.get(OWNER, volume_id).encoding
    assert (encoding.state, encoding.error) == ("failed", failures.DISK_FULL)


def test_progress_that_cannot_be_written_does_not_stop_a_run(
    services: Services,
    run_id: str,
    execute: Callable[[], None],
    lock: Lock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = FakeToolbox.fit

    def fit(*arguments: Any, **values: Any) -> Any:
        lock.take()
        return original(*arguments, **values)

    monkeypatch.setattr(FakeToolbox, "fit", fit)
    release_at_call(monkeypatch, lock, "_store", 1)
    execute()
    assert services.runs.get(OWNER, run_id).state == "done"


def test_an_encodings_end_waits_for_the_lock(
    services: Services,
    config: Config,
    records: JobRecords,
    lock: Lock,
    volume_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert records.claim_encoding() == volume_id
    tries: list[int] = []
    write = Database.write

    def counting(self: Database) -> Any:
        tries.append(1)
        if len(tries) == 3:
            lock.release()
        return write(self)

    lock.take()
    monkeypatch.setattr(Database, "write", counting)
    encode_in_background(records, FakeToolbox(config), services.blobs, volume_id)
    assert services.volumes.get(OWNER, volume_id).encoding.state == "done"


def test_a_workers_death_is_written_once_the_lock_is_gone(
    services: Services,
    config: Config,
    impatient: Database,
    lock: Lock,
    volume_id: str,
    label_value: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = JobRecords(impatient, services.blobs)
    supervisor = Supervisor(config, records, services.jobs, fake_worker_command(config))
    supervisor.start()
    paint(services, volume_id, label_value)
    set_behaviour(config, "unresponsive")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    pid = supervisor.worker_pid
    assert pid is not None
    lock.take()
    os.kill(pid, signal.SIGKILL)
    failing = lambda: [r for r in caplog.records if "writing that a worker ended" in r.message]  # noqa: E731
    wait_for(failing, bool)
    assert wait_for(lambda: supervisor.worker_pid, bool) != pid  # the next one does not wait for it
    assert services.runs.get(OWNER, run_id).state == "running"
    lock.release()
    run = ended(services, run_id)
    assert (run.state, run.error) == ("failed", WORKER_DIED)
    assert len(failing()) == 1
    set_behaviour(config, "")
    assert ended(services, propagate(services, volume_id)).state == "done"
    supervisor.stop()


def test_a_start_while_the_database_is_locked_ends_old_runs_later(
    services: Services, config: Config, impatient: Database, lock: Lock, run_id: str
) -> None:
    assert JobRecords(services.database, services.blobs, "earlier").claim_run() == run_id
    supervisor = Supervisor(
        config, JobRecords(impatient, services.blobs), services.jobs, fake_worker_command(config)
    )
    lock.take()
    supervisor.start()
    assert services.runs.get(OWNER, run_id).state == "running"
    lock.release()
    assert ended(services, run_id).error == "The server was restarted while this ran. Run it again."
    supervisor.stop()
