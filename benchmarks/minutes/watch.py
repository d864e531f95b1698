"""Watches a volume's runs on the server, as somebody with the API would, and scores each mask that comes.

Runs in a thread of its own beside the hand, so that a mask is timed even while the hand draws. It changes
nothing on the server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import numpy as np

from benchmarks.minutes.cases import LabelledScan
from benchmarks.minutes.clock import Clock
from benchmarks.minutes.desk import MaskSeen

POLL_S = 0.25
ACTIVE = ("queued", "running")


class RunWatch:
    """The runs of one volume.

    Args:
        client: of the server; closed at the end.
        codes: label values in stored masks to the reference's codes.
    """

    def __init__(
        self, client: httpx.Client, volume_id: str, scan: LabelledScan, clock: Clock, codes: dict[int, int]
    ) -> None:
        self._client = client
        self._path = f"/api/volumes/{volume_id}/runs"
        self._scan = scan
        self._clock = clock
        self._table = np.zeros(256, np.uint16)
        self._table[list(codes)] = list(codes.values())
        self._submitted: list[list[int]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._active = False
        self._label_maps: dict[str, np.ndarray] = {}
        self.masks: list[MaskSeen] = []
        self.newest_id: str | None = None
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> RunWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def submit(self, painted: set[int], press: Callable[[], None]) -> None:
        """Press the button while ``painted`` slices are painted; returns when the server has the run.

        Raises:
            RuntimeError: if no run came of it within a minute.
        """
        with self._lock:
            self._submitted.append(sorted(painted))
            self._active = True
            count = len(self._submitted)
        press()
        deadline = time.monotonic() + 60
        while len(self._runs()) < count:
            if time.monotonic() > deadline:
                raise RuntimeError("The button was pressed and no run is on the server.")
            time.sleep(0.05)

    @property
    def active(self) -> bool:
        """Whether a run waits or is under way; False only once its mask is scored.

        Raises:
            RuntimeError: if a run failed.
        """
        if self._failure:
            raise RuntimeError("The runs cannot be watched.") from self._failure
        return self._active

    def label_map(self, mask_id: str) -> np.ndarray:
        """A mask as canonical (X, Y, Z) uint16 codes."""
        if mask_id not in self._label_maps:
            values = self._client.get(f"/api/masks/{mask_id}/voxels").raise_for_status().content
            shown = np.frombuffer(values, np.uint8).reshape(self._scan.volume.shape, order="F")
            self._label_maps = {mask_id: self._table[shown]}  # the newest alone
        return self._label_maps[mask_id]

    def _runs(self) -> list[dict]:
        """Oldest first."""
        return list(reversed(self._client.get(self._path).raise_for_status().json()))

    def _poll(self) -> None:
        known: set[str] = set()
        try:
            while not self._stop.wait(POLL_S):
                with self._lock:
                    submitted = list(self._submitted)
                runs = self._runs()
                for run, painted in zip(runs, submitted, strict=False):
                    if run["state"] == "failed":
                        raise RuntimeError(f"A run failed: {run['error']}")
                    if run["mask_id"] and run["mask_id"] not in known:
                        known.add(run["mask_id"])
                        self._score(run["mask_id"], painted)
                with self._lock:
                    waits = len(runs) < len(self._submitted)
                    self._active = waits or any(run["state"] in ACTIVE for run in runs)
        except Exception as error:  # raised where the hand asks, in the main thread
            self._failure = error

    def _score(self, mask_id: str, painted: list[int]) -> None:
        at_s = self._clock.now()
        draft = self._client.get(f"/api/masks/{mask_id}").raise_for_status().json()["draft"]
        dice = self._scan.dice(self.label_map(mask_id), set(painted))
        self.masks.append(MaskSeen(at_s, draft, dice, painted))
        self.newest_id = mask_id
