"""kill -9 at random moments of saves, imports and runs; the worker is the tests' toy, see toy_server."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import numpy as np

from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import AttackedServer
from benchmarks.torture.ledger import COLUMNS, ROWS, SLICES, Ledger, scan
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import (
    DEADLINE_S,
    again,
    checked,
    integrity,
    lasting_leftovers,
    lasting_orphans,
    toy_server,
)

LONGEST_LIFE_S = 1.5
SAVERS = 3


class Person:
    """One browser that saves in several threads, imports and starts runs until its server is gone."""

    def __init__(self, server: AttackedServer, seed: int) -> None:
        self.ledger = Ledger()
        self._seed = seed
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.client = server.visitor()
        self.project = new_project(self.client)
        self.label = self.client.post(f"/api/projects/{self.project}/labels", json={"name": "l"}).json()
        self.volume = str(upload(self.client, self.project, scan(seed)).json()["id"])
        self.ledger.volumes.append(self.volume)

    def work(self, *, runs: bool = True) -> None:
        """Start all threads."""
        self._stop.clear()
        jobs: list[Callable[[np.random.Generator], None]] = [self._save(each) for each in range(SAVERS)]
        jobs += [self._import, *([self._start_runs] if runs else [])]
        self._seed += 1
        for number, job in enumerate(jobs):
            random = np.random.default_rng((self._seed, number))
            thread = threading.Thread(target=self._until_gone, args=(job, random), daemon=True)
            thread.start()
            self._threads.append(thread)

    def rest(self) -> None:
        """Wait until every thread has its last answer, or none."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def start_run(self, client: httpx.Client) -> str | None:
        """Ask for a run; its id, or None where the server says that it cannot be now."""
        answer = client.post(f"/api/volumes/{self.volume}/runs", json={"kind": "propagate"})
        if answer.status_code != 201:
            return None
        self.ledger.runs.append(str(answer.json()["id"]))
        return self.ledger.runs[-1]

    def _until_gone(self, job: Callable[[np.random.Generator], None], random: np.random.Generator) -> None:
        with suppress(httpx.TransportError):
            while not self._stop.is_set():
                job(random)

    def _save(self, number: int) -> Callable[[np.random.Generator], None]:
        """A thread's own slices, so that each has one writer."""

        def save(random: np.random.Generator) -> None:
            index = int(random.integers(SLICES // SAVERS)) * SAVERS + number
            data = random.integers(0, 2, ROWS * COLUMNS).astype(np.uint8) * int(self.label["value"])
            self.ledger.save(self.client, (self.volume, index), data.astype(np.uint8).tobytes())

        return save

    def _import(self, random: np.random.Generator) -> None:
        answer = upload(self.client, self.project, scan(int(random.integers(2**40))))
        if answer.status_code == 201:
            self.ledger.volumes.append(str(answer.json()["id"]))
        time.sleep(random.uniform(0, 0.3))

    def _start_runs(self, random: np.random.Generator) -> None:
        self.start_run(self.client)
        time.sleep(random.uniform(0, 0.5))


def kill_servers(folder: Path, count: int, seed: int) -> Found:
    """Kill the server ``count`` times, start it again, and look for what was acknowledged."""
    random, found = np.random.default_rng(seed), Found()
    server = toy_server(folder / "home")
    with server:
        person = Person(server, seed)
        for number in range(count):
            person.work()
            time.sleep(random.uniform(0.05, LONGEST_LIFE_S))
            server.kill()
            person.rest()
            server.__enter__()
            person.client = again(person.client, server)
            found.faults += [f"kill {number}: {fault}" for fault in _faults(server, person)]
            person.ledger.runs.clear()
            del person.ledger.volumes[1:-20]  # all of them would take longer and longer
        person.client.close()
    return _ended(server, person.ledger, found, count, "server")


def kill_workers(folder: Path, count: int, seed: int) -> Found:
    """Kill the worker ``count`` times while runs wait and run; the server goes on."""
    random, found = np.random.default_rng(seed), Found()
    server = toy_server(folder / "home")
    with server, ExitStack() as stack:
        person = Person(server, seed)
        stack.callback(lambda: person.client.close())
        _painted(person)
        killed = 0
        while killed < count:
            person.work(runs=False)
            for _ in range(min(10, count - killed)):
                person.start_run(person.client)
                pid = _worker(server)
                time.sleep(random.uniform(0, LONGEST_LIFE_S))
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                killed += 1
            person.rest()
            found.faults += [f"kill {killed}: {fault}" for fault in person.ledger.unclear_runs(person.client)]
            person.ledger.runs[:] = person.ledger.runs[-1:]
            if not server.alive:
                found.faults.append(f"kill {killed}: the server ended")
                break
        server.kill()  # what a killed worker left half-written goes at the next start
        server.__enter__()
        person.client = again(person.client, server)
        found.faults += _faults(server, person)
    return _ended(server, person.ledger, found, count, "worker")


def _painted(person: Person) -> None:
    data = np.zeros((ROWS, COLUMNS), np.uint8)
    data[:4] = person.label["value"]
    person.ledger.save(person.client, (person.volume, 0), data.tobytes()).raise_for_status()


def _worker(server: AttackedServer) -> int:
    deadline = time.monotonic() + DEADLINE_S
    while (pid := server.worker_pid()) is None:
        if time.monotonic() > deadline:
            raise RuntimeError("No worker was started again.")
        time.sleep(0.02)
    return pid


def _faults(server: AttackedServer, person: Person) -> list[str]:
    """What is wrong with a server that has just been started again."""
    faults = [f"lost: {fault}" for fault in person.ledger.lost(person.client)]
    faults += person.ledger.unclear_runs(person.client)
    faults += [f"orphan: {command}" for command in lasting_orphans(server)]
    faults += [f"left over: {name}" for name in lasting_leftovers(server.home)]
    if (state := integrity(server.home)) != "ok":
        faults.append(f"integrity_check: {state}")
    return faults


def _ended(server: AttackedServer, ledger: Ledger, found: Found, count: int, what: str) -> Found:
    found.faults += [f"check: {fault}" for fault in checked(server.home)]
    found.figures = (
        f"{count} kills of the {what}: {ledger.saves} acknowledged saves, {len(found.faults)} faults"
    )
    return found


SERVER_KILLS = TortureRow(
    "0 acknowledged lost, integrity_check ok, runs end clearly, no orphans", 200, "kills", kill_servers
)
WORKER_KILLS = TortureRow(
    "0 acknowledged lost, integrity_check ok, runs end clearly, no orphans", 200, "kills", kill_workers
)
