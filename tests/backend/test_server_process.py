"""app.py as a process: what it acknowledged survives kill -9, and two servers do not share a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.backend.tiny import write_tiny_nifti

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 90.0


class Server:
    """app.py on a free port, with its data in ``home``."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port or free.getsockname()[1]
        self.home = home
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("FEWSHOT_SAM_", "GRADIO_"))}
        self.process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(self.port)],
            cwd=ROOT,
            env=environment | {"FEWSHOT_SAM_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"X-Fewshot-Sam": "1"}, timeout=60
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                assert self.client.get("/api/health").json() == {"status": "ok"}
                return
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        if self.process.stderr is not None:
            self.process.stderr.close()
        self.client.close()
        return code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(home: str = "home", port: int | None = None) -> Server:
        servers.append(Server(tmp_path / home, port))
        return servers[-1]

    yield make
    for server in servers:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def test_acknowledged_slices_survive_kill_9(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    server.wait_ready()
    client = server.client
    assert client.get("/").status_code == 200
    project = client.post("/api/projects", json={"name": "p"}).json()["id"]
    client.post(f"/api/projects/{project}/labels", json={"name": "l"})
    path = write_tiny_nifti(tmp_path / "v.nii", np.arange(6 * 5 * 60, dtype=np.int16).reshape(6, 5, 60))
    files = {"files": (path.name, path.read_bytes())}
    volume = client.post(f"/api/projects/{project}/volumes", files=files).json()["id"]

    acknowledged: dict[int, bytes] = {}
    random = np.random.default_rng(0)

    def keep_saving() -> None:
        for index in range(60):
            data = random.integers(0, 2, 30).astype(np.uint8).tobytes()
            headers = {"X-Base-Version": "0", "X-State": "painted"}
            try:
                answer = client.put(
                    f"/api/volumes/{volume}/annotations/axial/{index}", content=data, headers=headers
                )
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                acknowledged[index] = data

    saver = threading.Thread(target=keep_saving)
    saver.start()
    while len(acknowledged) < 15:
        time.sleep(0.005)
    server.process.kill()
    saver.join()
    server.process.wait()

    again = start()
    again.wait_ready()
    for index, data in acknowledged.items():
        answer = again.client.get(f"/api/volumes/{volume}/annotations/axial/{index}")
        assert (answer.status_code, answer.content) == (200, data)
    assert again.client.get(f"/api/volumes/{volume}/voxels").status_code == 200
    assert again.end() == 0


def test_a_server_that_answers_ends_cleanly_though_it_is_still_starting(start: Callable[..., Server]) -> None:
    server = start()
    server.wait_ready()
    assert server.end() == 0


def test_a_second_server_on_the_folder_says_why_it_cannot_start(start: Callable[..., Server]) -> None:
    first = start()
    first.wait_ready()
    second = start()
    _, stderr = second.process.communicate(timeout=60)
    assert second.process.returncode == 2
    assert "Another server is using the data folder" in stderr
    assert "Traceback" not in stderr
    assert first.client.get("/api/health").status_code == 200


def test_a_taken_port_is_told(start: Callable[..., Server]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start(port=taken.getsockname()[1])
        _, stderr = server.process.communicate(timeout=60)
    assert server.process.returncode == 2
    assert f"Port {server.port} is in use" in stderr


def test_gradios_own_file_routes_are_closed(start: Callable[..., Server]) -> None:
    server = start()
    server.wait_ready()
    get, post = server.client.get, server.client.post
    assert get("/").status_code == 200
    assert get("/gradio_api/file=/etc/passwd").status_code == 403
    assert get("/gradio_api/file=http://192.0.2.1/x").status_code == 403
    assert post("/gradio_api/run/predict", json={"data": []}).status_code == 403
    assert get("/config", headers={"Origin": "http://evil.example"}).status_code == 403
