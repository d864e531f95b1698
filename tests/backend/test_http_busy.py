"""What a waiting database, a full pool and slow work do to others: nothing, and a sentence."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.testclient import TestClient

from backend.http import health
from backend.http.answers import JsonAnswer
from backend.http.work import WRITERS
from backend.schemas.health import CheckAnswer, ReadyAnswer
from backend.services import Services
from tests.backend.conftest import introduce_worker
from tests.backend.tiny import axial_bytes
from tests.event_loop import run_in_loop

LOCKED = OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


def failing(error: Exception):  # type: ignore[no-untyped-def]
    def fail(*_: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [LOCKED, PoolTimeoutError("QueuePool limit reached")], ids=["lock", "pool"])
def test_a_busy_database_is_told(
    client: TestClient, services: Services, volume_id: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(services.annotations, "save", failing(error))
    answer = client.put(
        f"/api/volumes/{volume_id}/annotations/axial/0", content=bytes(30), headers={"X-Base-Version": "0"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")
    assert "painted is kept in this browser" in answer.text  # nothing else is
    assert "people" not in answer.text  # one user's other program may hold the lock
    assert int(answer.headers["retry-after"]) > 0


@contextmanager
def held(services: Services) -> Iterator[None]:
    """The database's write lock, as another person's long import might hold it."""
    with services.database.write():
        yield


def test_waiting_saves_hold_up_neither_health_nor_reads(
    client: TestClient, services: Services, volume_id: str, label_value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty saves wait; what only reads is answered while they do."""
    introduce_worker(services)
    let_go, waiting = threading.Event(), threading.Semaphore(0)
    save = services.annotations.save

    def wait_and_save(*arguments: Any) -> Any:
        waiting.release()
        let_go.wait(timeout=60)
        return save(*arguments)

    monkeypatch.setattr(services.annotations, "save", wait_and_save)

    async def run() -> tuple[list[int], list[int]]:
        transport = httpx.ASGITransport(app=client.app)
        base = "http://127.0.0.1:7860"
        async with httpx.AsyncClient(
            transport=transport, base_url=base, headers={"X-Fewshot-Sam": "1"}
        ) as many:
            saves = [
                asyncio.create_task(
                    many.put(
                        f"/api/volumes/{volume_id}/annotations/coronal/{index % 5}",
                        content=axial_bytes(label_value, rows=4),
                        headers={"X-Base-Version": "0"},
                    )
                )
                for index in range(50)
            ]
            for _ in range(WRITERS):
                await asyncio.to_thread(waiting.acquire, timeout=30)
            reads = [
                (await many.get(path)).status_code for path in ("/api/health", "/api/ready", "/api/projects")
            ]
            let_go.set()
            return reads, [answer.status_code for answer in await asyncio.gather(*saves)]

    reads, saves = run_in_loop(run)
    assert reads == [200, 200, 200]
    assert set(saves) == {200}


def test_health_needs_no_database(client: TestClient, services: Services) -> None:
    services.database.close()
    with held(services):
        assert client.get("/api/health").json() == {"status": "ok"}


class SlowReadiness:
    def __init__(self, state: ReadyAnswer) -> None:
        self.state = state
        self.let_go = threading.Event()

    def check(self) -> ReadyAnswer:
        self.let_go.wait(timeout=60)
        return self.state

    def close(self) -> None:
        self.let_go.set()


def test_ready_tells_what_is_not_well(services: Services) -> None:
    state = ReadyAnswer(ready=False, disk=CheckAnswer(ok=False, message="The disk is full."))
    readiness = SlowReadiness(state)
    readiness.let_go.set()
    vars(services)["readiness"] = readiness
    assert run_in_loop(health.ReadyCheck(services).run) == state


def test_a_check_that_hangs_is_not_waited_for(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "READY_WITHIN_S", 0.5)  # a busy machine takes a while to begin the check
    readiness = SlowReadiness(ReadyAnswer(ready=True))
    vars(services)["readiness"] = readiness
    check = health.ReadyCheck(services)

    async def twice() -> list[ReadyAnswer]:
        return [await check.run(), await check.run()]

    first, second = run_in_loop(twice)
    readiness.let_go.set()
    assert "did not end in time" in first.check.message
    assert "has not ended yet" in second.check.message
    assert not first.ready
    assert not second.ready


def test_ready_is_503_when_it_is_not(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READY_WITHIN_S", 60.0)  # a busy disk may take longer than usual
    introduce_worker(services)
    assert client.get("/api/ready").status_code == 200
    monkeypatch.setattr(health.ReadyCheck, "run", lambda self: _not_ready())
    answer = client.get("/api/ready")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


async def _not_ready() -> ReadyAnswer:
    return ReadyAnswer(ready=False)


def test_a_client_that_goes_away_is_no_error(
    client: TestClient, project_id: str, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Half an upload, then nothing: no traceback in the log, and nothing stays on the disk."""
    scope = {
        "type": "http", "method": "POST", "path": f"/api/projects/{project_id}/volumes", "query_string": b"",
        "headers": [
            (b"host", b"localhost"), (b"x-fewshot-sam", b"1"), (b"transfer-encoding", b"chunked"),
            (b"content-type", b"multipart/form-data; boundary=x"),
        ],
    }  # fmt: skip
    half = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhalf'
    messages = [{"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"}]
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    run_in_loop(client.app, scope, receive, send)
    assert answered == []
    assert "Traceback" not in caplog.text
    assert list(services.config.uploads_folder.iterdir()) == []


def test_answers_can_always_be_written() -> None:
    odd = {"text": "\ud800", "numbers": [float("nan"), float("inf"), 1.5], "deep": {"a": (float("nan"),)}}
    body = JsonAnswer(odd).body
    assert body == b'{"text":"\\ud800","numbers":[null,null,1.5],"deep":{"a":[null]}}'
