"""Whether the server says that it can work, and answers when it cannot."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backend.config import GIGABYTE, Config
from backend.schemas.health import CheckAnswer
from backend.services import Services
from backend.services import readiness as module
from backend.services.readiness import Readiness
from storage.database import Database
from storage.models import ProjectRow, utc_now
from tests.backend.conftest import introduce_worker


def test_a_server_with_space_database_and_worker_is_ready(services: Services) -> None:
    introduce_worker(services)
    answer = services.readiness.check()
    assert answer.ready
    assert {name: getattr(answer, name).ok for name in ("disk", "database", "worker")} == {
        "disk": True, "database": True, "worker": True
    }  # fmt: skip
    assert answer.database.message == "readable and writable"


def test_too_little_space_is_told(services: Services, config: Config) -> None:
    short = Readiness(dataclasses.replace(config, min_free_bytes=10**6 * GIGABYTE))
    answer = short.check()
    assert not answer.ready
    assert "1000000.0 GB are needed. Free some space." in answer.disk.message
    short.close()


def test_a_lock_is_told_and_does_not_keep_the_answer_waiting(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.database.write():
        answer = services.readiness.check()
    assert (answer.database.ok, answer.disk.ok) == (False, True)
    assert "locked by a long write" in answer.database.message
    assert services.readiness.check().database.ok


def test_many_short_writes_are_no_fault(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy_after_a_commit(database: Database) -> None:
        with services.database.write() as session:
            session.add(ProjectRow(owner="a", name="n"))
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(services.readiness._database, "write", lambda: busy_after_a_commit(services.database))
    assert services.readiness.check().database == CheckAnswer(ok=True, message="busy with many writes")


def test_a_disk_that_hangs_is_told_and_asked_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = [], threading.Event()

    def hang(_: Path) -> None:
        asked.append(1)
        go_on.wait(60)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "ANSWER_S", 0.01)
    monkeypatch.setattr(shutil, "disk_usage", hang)
    for _ in range(3):
        answer = services.readiness.check()
        assert not answer.ready
        assert answer.disk.message == "It did not answer in time."
    assert len(asked) == 1
    go_on.set()
    monkeypatch.setattr(module, "ANSWER_S", 60.0)
    assert "Input/output error" in services.readiness.check().disk.message


def test_a_damaged_database_is_told(config: Config) -> None:
    config.home.mkdir()
    (config.home / "fewshot-sam.sqlite3").write_bytes(b"garbage" * 1000)
    readiness = Readiness(config)
    answer = readiness.check()
    assert "The database is damaged" in answer.database.message
    assert answer.worker.message == "Its status cannot be read."
    readiness.close()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pid": None}, "not started yet"),
        ({"pid": 2**22 + 1}, "is not running"),
        (
            {"pid": os.getpid(), "error": "The encoder must be one of a, b."},
            "The encoder must be one of a, b.",
        ),
    ],
)
def test_a_worker_that_cannot_work_is_told(services: Services, values: dict[str, Any], message: str) -> None:
    introduce_worker(services, **values)
    answer = services.readiness.check()
    assert not answer.ready
    assert message in answer.worker.message


def test_without_a_worker_so_far_the_server_is_not_ready(services: Services) -> None:
    assert "not started yet" in services.readiness.check().worker.message


@pytest.mark.parametrize(("age", "ok"), [(timedelta(seconds=5), True), (timedelta(minutes=2), False)])
def test_a_silent_worker_is_told_once_it_has_a_heartbeat(
    services: Services, age: timedelta, ok: bool
) -> None:
    introduce_worker(services, heartbeat_at=utc_now() - age)
    answer = services.readiness.check()
    assert answer.worker.ok is ok


def test_asking_leaves_no_lock(services: Services, config: Config) -> None:
    services.readiness.check()
    other = sqlite3.connect(config.home / "fewshot-sam.sqlite3", timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()
