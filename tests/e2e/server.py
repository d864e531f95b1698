"""Runs app.py as a process of its own, with a data folder of its own, on a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 120


class AppServer:
    """The app on 127.0.0.1; it may be killed and started again on the same port and data folder."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.home = home
        self._environment = environment
        self._options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = home.parent / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the app and wait until it answers."""
        environment = {
            **os.environ,
            **self._environment,
            "FEWSHOT_SAM_HOME": str(self.home),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        }
        with self.output.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(self.port), *self._options],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its worker dies with it when the group is killed
            )
        self._wait_until_healthy()

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """Send the app and its worker a signal and wait for the end; SIGKILL if it takes too long."""
        if self._process is None:
            return
        group = self._process.pid
        with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
            os.killpg(group, sig)
            self._process.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self._process.wait(timeout=20)
        self._process = None

    def kill(self) -> None:
        """What a power cut does: SIGKILL, no chance to tidy up."""
        self.stop(signal.SIGKILL)

    def blob_count(self) -> int:
        """How many content files the data folder holds."""
        return sum(path.is_file() for path in (self.home / "blobs").rglob("*"))

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        tail = self.output.read_text(errors="replace")[-3000:]
        self.stop()
        raise RuntimeError(f"the app did not start:\n{tail}")


def free_port() -> int:
    """A port nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
