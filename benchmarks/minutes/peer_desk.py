"""A peer's program as the hand's desk: the same movements, whose times are added up; its computation is "
"timed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks import protocol
from benchmarks.methods import METHODS, Memory, Task
from benchmarks.minutes.cases import LabelledScan, farthest
from benchmarks.minutes.desk import Desk, MaskSeen
from benchmarks.minutes.strokes import Stroke, fill
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from tests.e2e.strokes import Contour

STARTED_ANEW = ("morphological",)
"""Peers that run in a process of their own; in a program they would be loaded already."""


@dataclass
class PeerDesk(Desk):
    """Slices painted in some program; one of :data:`benchmarks.peers.PEERS` fills the others in.

    It answers before anything else can be done, and is loaded before the clock starts.
    """

    peer: str = "random_walker"
    slices: dict[int, np.ndarray] = field(default_factory=dict)
    found: list[MaskSeen] = field(default_factory=list)
    start_s: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at = self.scan.volume.slice_count(self.scan.case.plane) // 2
        self._code = 0
        if self.peer in STARTED_ANEW:
            square = np.ones((8, 8), np.uint16)
            self.start_s = min(self._compute(tiny_scan(), {1: square, 6: square})[1] for _ in range(3))

    @property
    def masks(self) -> list[MaskSeen]:
        """One for each press of the button."""
        return self.found

    def propagate(self) -> None:
        """Compute now."""
        self.press("propagating", lambda: None)
        label_map, seconds = self._compute(self.scan, self.slices)
        self.clock.wait(max(0.0, seconds - self.start_s))
        dice = self.scan.dice(label_map, self.painted)
        self.found.append(MaskSeen(self.clock.now(), False, dice, sorted(self.painted)))

    def running(self) -> bool:
        """Never: it has answered."""
        return False

    def go_to_suggested(self) -> bool:
        """The middle of the largest gap, or an end that is farther from any paint."""
        if (index := farthest(self.scan.ends, self.painted)) is None:
            return False
        self.go_to(index)
        return True

    def shown(self, index: int) -> np.ndarray:
        """What was painted there: canonical (A, B) uint16 codes. An unpainted slice is blank."""
        return self.slices.get(index, np.zeros_like(self.scan.wanted(index)))

    def look(self) -> None:
        """Read the answer."""
        self.read()

    def _compute(self, scan: LabelledScan, slices: dict[int, np.ndarray]) -> tuple[np.ndarray, float]:
        """The peer's label map, canonical (X, Y, Z) uint16, and its seconds."""
        annotations = SparseAnnotations(scan.case.plane, dict(sorted(slices.items())))
        task = Task(scan.case, len(slices), scan.volume, scan.reference, annotations)
        answer = METHODS[self.peer].run(task, 0, Memory())
        return answer.label_map, answer.seconds["total"]

    def _name(self, code: int, name: str) -> None:
        """Nothing to do."""

    def _scroll(self, index: int) -> None:
        """Nothing to do."""

    def _choose_lasso(self) -> None:
        """Nothing to do."""

    def _choose(self, code: int) -> None:
        self._code = code

    def _outline(self, stroke: Stroke, line: Contour, seconds: float) -> None:
        """Written where a lasso would."""
        labels = self.slices.setdefault(self.at, np.zeros_like(self.scan.wanted(self.at)))
        fill(labels, line, 0 if stroke.erases else self._code)

    def _confirm(self, index: int, holds_labels: bool) -> None:
        blank = np.zeros_like(self.scan.wanted(index))
        self.slices[index] = self.slices.get(index, blank) if holds_labels else blank


def tiny_scan() -> LabelledScan:
    """8x8x8 voxels: what takes time on it is the start of a process."""
    case = protocol.BenchmarkCase("tiny", "", protocol.Plane.AXIAL, (1,))
    volume = Volume(np.zeros((8, 8, 8), np.int16), SourceGrid((8, 8, 8), np.eye(4)))
    return LabelledScan(case, volume, np.ones((8, 8, 8), np.uint16), {1: "all"})
