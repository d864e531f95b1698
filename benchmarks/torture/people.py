"""Eight people who save strokes at once on SQLite while one of them has runs made, by the real worker."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from benchmarks.attacks import inputs
from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import AttackedServer
from benchmarks.torture.ledger import Ledger
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import NO_QUOTAS, integrity, toy_server

PEOPLE_COUNT = 8
COLUMNS, ROWS, SLICES = 160, 128, 24
PAUSE_S = (0.2, 1.0)  # between a person's strokes
TARGET_P95_MS = 500.0


@dataclass
class Painter:
    """One person with a project, a scan and a ledger.

    Attributes:
        save_s: how long each save took.
        refused: answers other than 200.
    """

    client: httpx.Client
    number: int
    volume: str = ""
    value: int = 1
    ledger: Ledger = field(default_factory=Ledger)
    save_s: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def open(self, seed: int) -> None:
        """Make the project and upload the scan."""
        project = new_project(self.client)
        label = self.client.post(f"/api/projects/{project}/labels", json={"name": "structure"}).json()
        self.value = int(label["value"])
        self.volume = str(upload(self.client, project, _scan(seed, self.number)).json()["id"])

    def stroke(self, random: np.random.Generator) -> None:
        """Paint a disc on a slice and save it."""
        index = int(random.integers(SLICES))
        previous = self.ledger.slices.get((self.volume, index), (0, bytes(ROWS * COLUMNS)))[1]
        cells = np.frombuffer(previous, np.uint8).reshape(ROWS, COLUMNS).copy()
        row, column = random.integers(20, 100, 2)
        disc = np.hypot(*np.ogrid[-row : ROWS - row, -column : COLUMNS - column]) < random.integers(2, 12)
        cells[disc] = self.value
        started = time.monotonic()
        answer = self.ledger.save(self.client, (self.volume, index), cells.tobytes())
        self.save_s.append(time.monotonic() - started)
        if answer.status_code != 200:
            self.refused.append(f"person {self.number}: {answer.status_code} {answer.text[:120]}")


def _scan(seed: int, number: int) -> inputs.Upload:
    """Soft blobs in noise."""
    random = np.random.default_rng((seed, number))
    x, y, z = np.ogrid[:COLUMNS, :ROWS, :SLICES]
    voxels = random.normal(0, 20, (COLUMNS, ROWS, SLICES))
    for _ in range(4):
        centre = random.uniform(0.2, 0.8, 3) * (COLUMNS, ROWS, SLICES)
        apart = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (4 * (z - centre[2])) ** 2
        voxels += random.uniform(50, 200) * np.exp(-apart / 600)
    content = inputs.nifti_header(voxels.shape) + voxels.astype(np.int16).tobytes(order="F")
    return f"person-{number}.nii", content


def save_together(folder: Path, seconds: int, seed: int, *, toy: bool = False) -> Found:
    """Let eight people save for so many seconds, then read everything back.

    Args:
        toy: with the tests' toy worker.
    """
    home = folder / "home"
    server = toy_server(home) if toy else AttackedServer(home, **NO_QUOTAS)
    found = Found()
    with server:
        if not toy:
            server.wait_for_worker()
        painters = [Painter(server.visitor(), number) for number in range(PEOPLE_COUNT)]
        for painter in painters:
            painter.open(seed)
        runs = _together(painters, seconds, seed)
        for painter in painters:
            found.faults += painter.refused + [
                f"lost: {each}" for each in painter.ledger.lost(painter.client)
            ]
        found.faults += painters[0].ledger.unclear_runs(painters[0].client) if toy else []
        if (state := integrity(home)) != "ok":
            found.faults.append(f"integrity_check: {state}")
        for painter in painters:
            painter.client.close()
    took_ms = np.array([each for painter in painters for each in painter.save_s]) * 1000
    p95 = float(np.percentile(took_ms, 95))
    if p95 > TARGET_P95_MS and not toy:
        found.faults.append(f"p95 of a save is {p95:.0f} ms")
    busy = sum(": 503" in each for painter in painters for each in painter.refused)
    found.figures = (
        f"{seconds} s, {len(took_ms)} saves: median {np.median(took_ms):.0f} ms, p95 {p95:.0f} ms, longest "
        f"{took_ms.max():.0f} ms; {busy} busy, {len(found.faults)} faults; {runs} runs ended"
    )
    return found


def _together(painters: list[Painter], seconds: int, seed: int) -> int:
    """Everybody saves; the first also has runs made. Returns how many of them ended."""
    stop = threading.Event()

    def paint(painter: Painter) -> None:
        random = np.random.default_rng((seed, 99, painter.number))
        while not stop.is_set():
            painter.stroke(random)
            stop.wait(random.uniform(*PAUSE_S))

    threads = [threading.Thread(target=paint, args=(painter,)) for painter in painters]
    for thread in threads:
        thread.start()
    ended = _propagate(painters[0], time.monotonic() + seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return ended


def _propagate(painter: Painter, until: float) -> int:
    ended = 0
    while time.monotonic() < until:
        answer = painter.client.post(f"/api/volumes/{painter.volume}/runs", json={"kind": "propagate"})
        if answer.status_code != 201:  # nothing is painted yet
            time.sleep(0.5)
            continue
        run = answer.json()
        painter.ledger.runs.append(str(run["id"]))
        while run["state"] in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.2)
            run = painter.client.get(f"/api/runs/{run['id']}").json()
        if run["state"] == "failed":
            painter.refused.append(f"a run failed: {run['error']}")
        ended += run["state"] == "done"
    return ended


PEOPLE = TortureRow("0 lost, 0 lock errors, p95 of a save under 500 ms", 600, "seconds", save_together)
