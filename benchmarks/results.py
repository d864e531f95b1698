"""Results on disk, one small JSON file for each case, budget, method and seed, so that runs resume."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

FOLDER = Path(__file__).resolve().parent / "results" / "accuracy"


@dataclass(frozen=True)
class Result:
    """What one method scored with one seed on one case and budget.

    Attributes:
        fingerprint: of the code that made it; a result of other code is run again.
        labels: per label code, "dice", "iou" and "assd_mm" (None where the label is missing).
        seconds: wall time by stage, see :class:`benchmarks.methods.Answer`.
        outside_ml: volume of labels found on slices outside the scored extent, where there are none.
    """

    case: str
    budget: int
    method: str
    seed: int
    fingerprint: str
    painted: list[int]
    labels: dict[str, dict[str, float | None]]
    seconds: dict[str, float]
    outside_ml: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def dice(self) -> float:
        """Mean over the labels."""
        return fmean(label["dice"] or 0.0 for label in self.labels.values())

    @property
    def iou(self) -> float:
        """Mean over the labels."""
        return fmean(label["iou"] or 0.0 for label in self.labels.values())

    @property
    def assd_mm(self) -> float | None:
        """Mean over the labels that were found at all."""
        found = [label["assd_mm"] for label in self.labels.values() if label["assd_mm"] is not None]
        return fmean(found) if found else None

    @property
    def missed(self) -> int:
        """How many labels have no voxel in the answer."""
        return sum(label["assd_mm"] is None for label in self.labels.values())


class ResultStore:
    """The results in a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def path(self, case: str, budget: int, method: str, seed: int) -> Path:
        """Where a result is kept."""
        return self._folder / f"{case}-{budget}-{method}-{seed}.json"

    def load(self, case: str, budget: int, method: str, seed: int) -> Result | None:
        """A stored result, None if there is none."""
        path = self.path(case, budget, method, seed)
        return _read(path) if path.exists() else None

    def save(self, result: Result) -> None:
        """Store a result; a killed run leaves the old file or the new one."""
        path = self.path(result.case, result.budget, result.method, result.seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(asdict(result), indent=1, default=str) + "\n")
        draft.replace(path)

    def __iter__(self) -> Iterator[Result]:
        for path in sorted(self._folder.glob("*.json")):
            yield _read(path)


def _read(path: Path) -> Result:
    return Result(**json.loads(path.read_text()))
