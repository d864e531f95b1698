"""A real server in multi-user mode on a free port, with its memory and temporary disk sampled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx

from fewshot_sam.data.folders import files_below

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 120.0
SAMPLE_INTERVAL_S = 0.02
MEBIBYTE = 2**20


@dataclass
class Peak:
    """The largest of what was sampled.

    Attributes:
        server_bytes: anonymous memory of the server process.
        readers_bytes: resident memory of all reading processes together.
        readers: how many reading processes there were at once.
        worker_bytes: resident memory of the worker.
        temporary_bytes: files in the data folder's folders for uploads and temporary files.
    """

    server_bytes: int = 0
    readers_bytes: int = 0
    readers: int = 0
    worker_bytes: int = 0
    temporary_bytes: int = 0


class AttackedServer:
    """``app.py``, or another program that takes its arguments, with a fresh data folder; use as a context."""

    def __init__(self, home: Path, program: Sequence[str] = ("app.py",), **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.home = home
        self._program = program
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("FEWSHOT_SAM_", "GRADIO_"))}
        self._environment = inherited | {
            "FEWSHOT_SAM_HOME": str(home),
            "FEWSHOT_SAM_MULTI_USER": "1",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> AttackedServer:
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "--port", str(self.port)],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait_until_healthy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.alive:
            os.killpg(self.pid, signal.SIGTERM)
        self._process.wait(timeout=60)  # type: ignore[union-attr]

    def kill(self) -> None:
        """What a crash does: SIGKILL of the server alone. It can be started again on its port and folder."""
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait(timeout=60)  # type: ignore[union-attr]

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise RuntimeError("The server has not been started.")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def visitor(self, timeout_s: float = 120.0) -> httpx.Client:
        """A new browser: no cookie yet, the header of changes set."""
        headers = {"X-Fewshot-Sam": "1"}
        # No TLS here, and loading certificates would cost each visitor 50 ms of a core.
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s, verify=False)

    def worker_pid(self) -> int | None:
        """Process id of the worker; None while there is none."""
        return next((pid for pid, command in descendants(self.pid) if "worker --home" in command), None)

    def wait_for_worker(self) -> None:
        """Wait until the worker has loaded its encoder."""
        deadline = time.monotonic() + START_DEADLINE_S
        with self.visitor() as client:
            while not client.get("/api/system").json()["encoder"]:
                if time.monotonic() > deadline:
                    raise RuntimeError("The worker did not load its encoder in time.")
                time.sleep(0.2)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline and self.alive:
            try:
                if httpx.get(f"{self.url}/api/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError((self.home.parent / "server.log").read_text(errors="replace")[-3000:])


class Sampler:
    """Samples memory and disk of a server in a thread while the context is open."""

    def __init__(self, server: AttackedServer) -> None:
        self.peak = Peak()
        self._server = server
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample_often, daemon=True)

    def __enter__(self) -> Sampler:
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _sample_often(self) -> None:
        while not self._done.wait(SAMPLE_INTERVAL_S):
            self._sample()

    def _sample(self) -> None:
        peak, server = self.peak, self._server
        peak.server_bytes = max(peak.server_bytes, memory_bytes(server.pid, "RssAnon"))
        readers = [pid for pid, command in descendants(server.pid) if "fewshot_sam.io" in command]
        peak.readers = max(peak.readers, len(readers))
        peak.readers_bytes = max(peak.readers_bytes, sum(memory_bytes(pid, "VmRSS") for pid in readers))
        worker = server.worker_pid()
        if worker is not None:
            peak.worker_bytes = max(peak.worker_bytes, memory_bytes(worker, "VmRSS"))
        peak.temporary_bytes = max(peak.temporary_bytes, _folder_bytes(server.home))


def memory_bytes(pid: int, field: str) -> int:
    """A field of /proc/PID/status in bytes, 0 if the process is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field)), 0)


def descendants(pid: int) -> list[tuple[int, str]]:
    """Process id and command line of all processes below ``pid``."""
    found = []
    for child in _children(pid):
        try:
            command = (
                Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
        found += [(child, command), *descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        pass
    return children


def _folder_bytes(home: Path) -> int:
    total = 0
    for name in ("tmp", "uploads", "blobs/incoming"):
        total += sum(file.st_blocks * 512 for file in files_below(home / name))
    return total
