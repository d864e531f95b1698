"""Clients that send half of something, or read nothing, on a real socket with short deadlines."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from backend.http.connections import Deadlines
from backend.http.routes import build_middleware, build_routes
from backend.http.server import HttpServer
from backend.services import Services
from fewshot_sam.errors import UserError

SHORT = Deadlines(
    head_s=0.4, body_idle_s=0.4, min_bytes_per_s=1000, answer_stalled_s=0.4, discard_s=0.4,
    check_every_s=0.05, max_connections=20,
)  # fmt: skip
PATIENCE_S = 20.0
WHOLE_BYTES = 16 * 1024 * 1024
HEAD = b"POST /body HTTP/1.1\r\nHost: x\r\n"


class App:
    """/large is many bytes, /whole as many at once, /slow answers when let go, /early at once, others with
    the body's size."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        import asyncio

        if scope["type"] != "http":
            return
        size, more = 0, scope["path"] != "/early"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        while scope["path"] == "/slow" and not self.let_go.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/whole":
            await send({"type": "http.response.body", "body": bytes(WHOLE_BYTES), "more_body": True})
        for _ in range(2000 if scope["path"] == "/large" else 0):
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
        await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def port(app: App) -> Iterator[int]:
    server = HttpServer(app, "127.0.0.1", 0, SHORT)
    server.start()
    yield server.port
    app.let_go.set()
    server.stop()


def connect(port: int, *sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    for data in sent:
        connection.sendall(data)
    return connection


def is_ended(connection: socket.socket) -> bool:
    """Read until the server closes the connection; False when it does not."""
    try:
        while connection.recv(1024 * 1024):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
        HEAD + b"Content-Length: 100\r\n\r\nhalf",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo",
        b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf",
    ],
    ids=["nothing", "line", "headers", "body", "chunk", "second request", "early answer"],
)
def test_half_requests_are_ended(port: int, sent: bytes) -> None:
    with connect(port, sent) as connection:
        assert is_ended(connection)


def test_a_body_in_drops_is_ended(port: int) -> None:
    with connect(port, HEAD + b"Content-Length: 100000\r\n\r\n") as connection:
        deadline = time.monotonic() + PATIENCE_S
        with pytest.raises(ConnectionError):
            while time.monotonic() < deadline:
                connection.sendall(b"x")
                time.sleep(0.02)


def test_who_reads_nothing_is_ended(port: int) -> None:
    with connect(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        time.sleep(2)  # the buffers of the system fill, then the server's
        received = 0
        try:
            while data := connection.recv(1024 * 1024):
                received += len(data)
        except ConnectionError:
            pass
    assert received < 2000 * 65536


def test_who_waits_for_an_answer_is_not_ended(port: int, app: App) -> None:
    timer = threading.Timer(1.5, app.let_go.set)
    timer.start()
    answer = httpx.post(f"http://127.0.0.1:{port}/slow", content=b"x" * 5, timeout=PATIENCE_S)
    timer.join()
    assert (answer.status_code, answer.text) == (200, "5")


def test_half_requests_do_not_stop_others(port: int) -> None:
    """More than the server takes: the oldest that wait give way, and others are answered meanwhile."""
    stalled = []
    try:
        for _ in range(3 * SHORT.max_connections):
            stalled.append(connect(port, b"GET / HTTP/1.1\r\nHost"))
            if len(stalled) % 10 == 0:
                assert httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S).status_code == 200
        assert all(is_ended(connection) for connection in stalled)
    finally:
        for connection in stalled:
            connection.close()


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 100\r\n\r\nhalf",
        b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf",
        b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["body", "early answer", "answer"],
)
def test_no_way_to_stall_keeps_others_out(app: App, sent: bytes) -> None:
    patient = dataclasses.replace(SHORT, body_idle_s=60, answer_stalled_s=60, discard_s=60)
    server = HttpServer(app, "127.0.0.1", 0, patient)
    server.start()
    stalled = []
    try:
        for _ in range(3 * SHORT.max_connections):
            stalled.append(connect(server.port, sent))
            if len(stalled) % 10 == 0:
                time.sleep(0.05)
                url = f"http://127.0.0.1:{server.port}/"
                assert httpx.get(url, timeout=PATIENCE_S).status_code == 200
    finally:
        for connection in stalled:
            connection.close()
        server.stop()


def test_who_reads_slowly_gets_all(port: int) -> None:
    """Longer than an answer may stall, and with pauses."""
    received = 0
    with connect(port, b"GET /whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as connection:
        while data := connection.recv(256 * 1024):
            received += len(data)
            time.sleep(0.03)
    assert received > WHOLE_BYTES


def test_answers_for_slow_readers_have_a_limit_together(app: App) -> None:
    patient = dataclasses.replace(SHORT, answer_stalled_s=60, max_unsent_bytes=3 * WHOLE_BYTES)
    server = HttpServer(app, "127.0.0.1", 0, patient)
    server.start()
    stalled = []
    try:
        for _ in range(8):
            stalled.append(connect(server.port, b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\n"))
            time.sleep(0.1)
        received = [_received(connection) for connection in stalled]
    finally:
        for connection in stalled:
            connection.close()
        server.stop()
    assert received[-1] > WHOLE_BYTES  # the last to come are served
    assert sum(size > WHOLE_BYTES for size in received) <= 3


def _received(connection: socket.socket) -> int:
    received = 0
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        while data := connection.recv(1024 * 1024):
            received += len(data)
    return received


def test_a_kept_connection_takes_many_requests(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for size in range(30):
            answer = client.post("/body", content=b"x" * size)
            assert (answer.status_code, answer.text) == (200, str(size))
            assert "server" not in answer.headers


def test_small_answers_are_sent_at_once(app: App) -> None:
    """Else requests wait 40 ms for a delayed confirmation of the answer's first part."""
    server = HttpServer(app, "127.0.0.1", 0, SHORT)
    server.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
            client.post("/body", content=b"x")
            (protocol,) = server._server.server_state.connections
            accepted = protocol.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.stop()


def test_a_taken_port_is_told(port: int, app: App) -> None:
    with pytest.raises(UserError, match=f"Port {port} is in use"):
        HttpServer(app, "127.0.0.1", port).start()


def test_a_port_that_is_none_is_told(app: App) -> None:
    with pytest.raises(UserError, match="Port 99999999 is in use, or"):
        HttpServer(app, "127.0.0.1", 99_999_999).start()


def test_stopping_ends_waiting_connections(app: App) -> None:
    server = HttpServer(app, "127.0.0.1", 0, SHORT)
    server.start()
    with connect(server.port, b"GET / HT"):
        server.stop()
        server.stop()
    with pytest.raises(OSError, match="refused"):
        connect(server.port)


def test_two_lengths_end_the_connection(services: Services, tmp_path: Path) -> None:
    """A proxy that believes Content-Length would take the second request for another client's."""
    app = Starlette(routes=build_routes(services, tmp_path), middleware=build_middleware(services))
    server = HttpServer(app, "127.0.0.1", 0, SHORT)
    server.start()
    head = b"POST /api/workspace HTTP/1.1\r\nHost: localhost\r\nX-Fewshot-Sam: 1\r\n"
    hidden = b"GET /api/projects HTTP/1.1\r\nHost: localhost\r\n\r\n"
    try:
        sent = head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden
        with connect(server.port, sent) as connection:
            received = b""
            with contextlib.suppress(ConnectionError):
                while data := connection.recv(65536):
                    received += data
    finally:
        server.stop()
    assert received.count(b"HTTP/1.1") == 1
    assert received.startswith(b"HTTP/1.1 400")
    assert b"not both" in received
