"""What a person was told is saved, and whether it is."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import httpx
import numpy as np

from benchmarks.attacks import inputs
from benchmarks.torture.servers import DEADLINE_S, END_STATES

SLICES, COLUMNS, ROWS = 60, 16, 12
Place = tuple[str, int]  # volume, axial slice


def scan(seed: int) -> inputs.Upload:
    """A scan of 16 x 12 x 60 voxels that no other seed gives."""
    voxels = np.random.default_rng(seed).integers(0, 1000, (COLUMNS, ROWS, SLICES)).astype(np.int16)
    return f"scan-{seed}.nii", inputs.nifti_header(voxels.shape) + voxels.tobytes(order="F")


@dataclass
class Ledger:
    """What was acknowledged to one person, and what was sent and not answered. Safe for several threads.

    Attributes:
        slices: newest acknowledged version and cells.
        on_the_way: cells that were sent when the server was killed.
        volumes, runs: ids that were acknowledged.
        saves: how many were acknowledged.
    """

    slices: dict[Place, tuple[int, bytes]] = field(default_factory=dict)
    on_the_way: dict[Place, bytes] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    saves: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def save(self, client: httpx.Client, place: Place, data: bytes) -> httpx.Response:
        """Save a slice; only one thread may use a place."""
        volume, index = place
        version = self.slices.get(place, (0, b""))[0]
        self.on_the_way[place] = data
        answer = client.put(
            f"/api/volumes/{volume}/annotations/axial/{index}",
            content=data,
            headers={"X-Base-Version": str(version), "X-State": "painted"},
        )
        if answer.status_code == 200:
            with self.lock:
                self.slices[place] = (int(answer.json()["version"]), data)
                self.saves += 1
        self.on_the_way.pop(place, None)
        return answer

    def lost(self, client: httpx.Client) -> list[str]:
        """What was acknowledged and is not there; takes up what was saved without an answer."""
        missing = [
            f"slice {place[1]} of {place[0]}: {said}"
            for place in {*self.slices, *self.on_the_way}
            if (said := self._slice_fault(client, place))
        ]
        self.on_the_way.clear()
        for volume in self.volumes:
            answer = client.get(f"/api/volumes/{volume}")
            if answer.status_code != 200:
                missing.append(f"volume {volume}: {answer.status_code}")
        return missing

    def _slice_fault(self, client: httpx.Client, place: Place) -> str:
        version, data = self.slices.get(place, (0, b""))
        answer = client.get(f"/api/volumes/{place[0]}/annotations/axial/{place[1]}")
        if answer.status_code == 404 and version == 0:
            return ""
        found = int(answer.headers.get("x-version", 0)), answer.content
        if answer.status_code == 200 and found == (version + 1, self.on_the_way.get(place)):
            self.slices[place] = found
            return ""
        if answer.status_code != 200 or found != (version, data):
            return f"{answer.status_code}, version {found[0]} for {version}"
        return ""

    def unclear_runs(self, client: httpx.Client) -> list[str]:
        """Runs that do not end, or that failed without a sentence."""
        deadline = time.monotonic() + DEADLINE_S
        faults, waiting = [], list(self.runs)
        while waiting and time.monotonic() < deadline:
            answer = client.get(f"/api/runs/{waiting[0]}")
            run = answer.json() if answer.status_code == 200 else {"state": f"{answer.status_code}"}
            if run["state"] in ("queued", "running"):
                time.sleep(0.05)
                continue
            sentence = run.get("error") or ""
            if run["state"] not in END_STATES or (
                run["state"] == "failed" and (not sentence.endswith(".") or "Traceback" in sentence)
            ):
                faults.append(f"run {waiting[0]}: {run['state']} {sentence[:80]!r}")
            waiting.pop(0)
        return faults + [f"run {run} does not end" for run in waiting]
