"""The thread of the server that starts the worker, wakes it, and cleans up after it.

Concurrency: all of this runs in one thread; other threads only set the :class:`JobSignal` or call
:meth:`Supervisor.stop`. The worker's stdin is the tie between the processes: a line wakes it, its end
makes it exit, also when this server is killed.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from backend.config import Config
from backend.jobs.records import JobRecords
from backend.jobs.signal import JobSignal

logger = logging.getLogger(__name__)
CANCEL_PATIENCE_S = 5.0
POLL_S = 0.5
QUICK_DEATH_S = 10.0
RESTART_DELAYS_S = (0.0, 0.0, 5.0, 30.0)  # by the number of quick deaths in a row
PROJECT_ROOT = Path(__file__).resolve().parents[2]


def worker_command(config: Config) -> list[str]:
    """How the worker process is started."""
    return [
        sys.executable, "-m", "backend.jobs.worker",
        "--home", str(config.home),
        "--database-url", config.database_url,
        "--encoder", config.encoder,
        "--device", config.device,
    ]  # fmt: skip


class Supervisor:
    """Keeps one worker process running between :meth:`start` and :meth:`stop`."""

    def __init__(
        self, config: Config, records: JobRecords, signal: JobSignal, command: list[str] | None = None
    ) -> None:
        self._config = config
        self._records = records
        self._signal = signal
        self._command = command or worker_command(config)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._worker: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._quick_deaths = 0

    def start(self) -> None:
        """Take over what an earlier server left, then start the worker."""
        self._records.recover_after_restart()
        self._thread.start()

    def stop(self) -> None:
        """End the worker and the thread; harmless when repeated."""
        self._stopping.set()
        self._signal.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None while there is none."""
        worker = self._worker
        return worker.pid if worker is not None and worker.poll() is None else None

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look_after_worker()
            except Exception:
                logger.exception("supervising the worker failed; trying again")
                self._stopping.wait(1.0)
        self._end_worker()

    def _look_after_worker(self) -> None:
        if self._worker is None:
            self._spawn()
        elif self._worker.poll() is not None:
            self._bury()
            return
        if overdue := self._records.overdue_cancellation(CANCEL_PATIENCE_S):
            logger.warning("run %s did not stop when cancelled; ending the worker", overdue)
            self._kill()
            return
        if self._signal.wait(POLL_S):
            self._wake()

    def _spawn(self) -> None:
        environment = {**os.environ, "FEWSHOT_SAM_HOME": str(self._config.home)}
        # Idle threads sleep, not spin: beside a browser that draws, spinning halves the worker's speed.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])
        )
        self._started_at = time.monotonic()
        self._worker = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which then ends the worker
        )

    def _wake(self) -> None:
        if self._worker is not None and self._worker.stdin is not None:
            try:
                self._worker.stdin.write(b"\n")
                self._worker.stdin.flush()
            except OSError:  # it just died; the next look finds out
                pass

    def _bury(self) -> None:
        """The worker ended although nobody asked it to."""
        code = self._worker.returncode if self._worker else None
        self._worker = None
        lived_s = time.monotonic() - self._started_at
        self._quick_deaths = self._quick_deaths + 1 if lived_s < QUICK_DEATH_S else 0
        delay_s = RESTART_DELAYS_S[min(self._quick_deaths, len(RESTART_DELAYS_S) - 1)]
        logger.warning("the worker ended with code %s; restarting it in %g s", code, delay_s)
        self._records.worker_died()
        self._stopping.wait(delay_s)

    def _kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
            self._worker = None
        self._records.worker_died()

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.stdin is not None:
            worker.stdin.close()
        try:
            worker.wait(timeout=5)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
