"""The thread of the server that starts the worker, wakes it, and cleans up after it.

Concurrency: all of this runs in one thread; other threads only set the :class:`JobSignal` or call
:meth:`Supervisor.stop`. The worker's stdin is the tie between the processes: a line wakes it, its end
makes it exit, also when this server is killed. A :class:`WorkerLink` asks and is answered on its pipes.

Each worker process has a token (:mod:`backend.records.leases`). That a worker ended is written at each tick
until the database takes it, and the next worker starts meanwhile: what the last one held bears its token.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from backend.config import Config
from backend.jobs.limits import JobLimits
from backend.jobs.records import JobRecords
from backend.outlines.link import WorkerLink
from backend.records.job_signal import JobSignal
from backend.records.leases import WorkerEnd
from backend.records.processes import process_memory_bytes

logger = logging.getLogger(__name__)
CANCEL_PATIENCE_S = 5.0
POLL_S = 0.5
QUICK_DEATH_S = 10.0
RESTART_DELAYS_S = (0.0, 0.0, 5.0, 30.0)  # by the number of quick deaths in a row
PROJECT_ROOT = Path(__file__).resolve().parents[2]


def worker_command(config: Config) -> list[str]:
    """How the worker process is started; the supervisor adds its token."""
    command = [
        sys.executable, "-P", "-m", "backend.jobs.worker",  # -P: ours, not the folder it is started in
        "--home", str(config.home),
        "--encoder", config.encoder,
        "--device", config.device,
    ]  # fmt: skip
    if config.run_time_limit_s is not None:
        command += ["--run-time-limit-s", str(config.run_time_limit_s)]
    return command


class Supervisor:
    """Keeps one worker process running between :meth:`start` and :meth:`stop`."""

    def __init__(
        self,
        config: Config,
        records: JobRecords,
        signal: JobSignal,
        command: list[str] | None = None,
        link: WorkerLink | None = None,
    ) -> None:
        self._config = config
        self._records = records
        self._signal = signal
        self._link = link or WorkerLink()
        self._command = command or worker_command(config)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._worker: subprocess.Popen[bytes] | None = None
        self._token = ""
        self._ends: dict[str, WorkerEnd] = {}  # by token, until they are written
        self._limits = JobLimits(config.run_time_limit_s, config.worker_memory_limit_bytes, CANCEL_PATIENCE_S)
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._quick_deaths = 0
        self._failing: set[str] = set()  # parts of a tick that failed last time, to log each once

    def start(self) -> None:
        """Take over what an earlier server left, then start the worker."""
        self._attempt("writing what was interrupted", self._end_abandoned)
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
            self._attempt("starting the worker", self._keep_a_worker)
            self._attempt("watching the worker", self._enforce_limits)
            self._attempt("writing that a worker ended", self._end_abandoned)
            if self._signal.wait(POLL_S):
                self._wake()
        self._end_worker()

    def _attempt(self, what: str, step: Callable[[], None]) -> None:
        """One part of a tick. It is tried again at the next, and its failure logged once."""
        try:
            step()
        except Exception:
            if what not in self._failing:
                logger.exception("%s failed; trying again", what)
            self._failing.add(what)
        else:
            self._failing.discard(what)

    def _keep_a_worker(self) -> None:
        if self._worker is not None and self._worker.poll() is not None:
            self._note_death(self._worker.returncode)
        if self._worker is None and time.monotonic() >= self._start_again_at:
            self._spawn()

    def _enforce_limits(self) -> None:
        worker = self._worker
        if worker is None:
            return
        job = self._records.running_job(self._token)
        if end := self._limits.must_end(job, process_memory_bytes(worker.pid)):
            logger.warning("ending the worker in %s: %s", job or "no job", end.run_error)
            worker.kill()
            worker.wait()
            if job is None:  # what it needs to start is too much: not over and over
                self._delay_restart()
            self._forget_worker(end)

    def _end_abandoned(self) -> None:
        live = None if self._worker is None else self._token
        self._records.end_abandoned(live, self._ends)
        self._ends.clear()

    def _spawn(self) -> None:
        environment = {
            **os.environ,
            "FEWSHOT_SAM_HOME": str(self._config.home),
            "DATABASE_URL": self._config.database_url,  # may hold a password, so not in the command line
        }
        environment.pop("FEWSHOT_SAM_OIDC_CLIENT_SECRET", None)  # the worker speaks with no login provider
        # Idle threads sleep, not spin: beside a browser that draws, spinning halves the worker's speed.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])
        )
        self._started_at = time.monotonic()
        token = uuid4().hex
        self._worker = subprocess.Popen(
            [*self._command, "--token", token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which then ends the worker
        )
        self._token = token
        if self._worker.stdin is not None and os.name != "nt":
            os.set_blocking(self._worker.stdin.fileno(), False)  # a paused worker must not stop this thread
        if self._worker.stdin is not None and self._worker.stdout is not None:
            self._link.attach(self._worker.stdin, self._worker.stdout)

    def _wake(self) -> None:
        if self._worker is not None and self._worker.stdin is not None:
            with suppress(OSError):  # it just died; the next look finds out
                self._worker.stdin.write(b"\n")

    def _note_death(self, code: int) -> None:
        """The worker ended although nobody asked it to."""
        delay_s = self._delay_restart()
        logger.warning("the worker ended with code %s; restarting it in %g s", code, delay_s)
        self._forget_worker(WorkerEnd())

    def _delay_restart(self) -> float:
        """Wait longer for the next start, the more workers in a row lived shortly; in seconds."""
        lived_s = time.monotonic() - self._started_at
        self._quick_deaths = self._quick_deaths + 1 if lived_s < QUICK_DEATH_S else 0
        delay_s = RESTART_DELAYS_S[min(self._quick_deaths, len(RESTART_DELAYS_S) - 1)]
        self._start_again_at = time.monotonic() + delay_s
        return delay_s

    def _forget_worker(self, end: WorkerEnd) -> None:
        """Its end is kept until it is written."""
        self._ends[self._token] = end
        self._link.detach()
        if self._worker is not None and self._worker.stdin is not None:
            self._worker.stdin.close()
        self._worker = None

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        self._link.detach()
        if worker is None:
            return
        if worker.stdin is not None:
            worker.stdin.close()
        try:
            worker.wait(timeout=5)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
