"""Results of the accuracy suite, one for each case, budget, method and seed, so that runs resume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.methods import RIVALS
from benchmarks.suite_file import FOLDER, SuiteFile

FILE = FOLDER / "accuracy.json"


@dataclass(frozen=True)
class Result:
    """What one method scored with one seed on one case and budget.

    Attributes:
        fingerprint: of the code that made it; a result of other code is run again.
        labels: per label code, "dice", "iou" and "assd_mm" (None where the label is missing).
        seconds: wall time by stage, see :class:`benchmarks.methods.Segmentation`.
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


class ResultsByMethod:
    """Results by case, budget and method, seeds together."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results: dict[tuple[str, int, str], list[Result]] = {}
        for result in results:
            self._results.setdefault((result.case, result.budget, result.method), []).append(result)

    def of(self, case: str, budget: int, method: str) -> list[Result]:
        """All seeds; empty if it has not run."""
        return self._results.get((case, budget, method), [])

    def of_method(self, method: str) -> list[Result]:
        """All cases, budgets and seeds."""
        return [result for (_, _, name), seeds in self._results.items() if name == method for result in seeds]

    def dice(self, case: str, budget: int, method: str) -> float | None:
        """Mean over labels and seeds."""
        seeds = self.of(case, budget, method)
        return fmean(result.dice for result in seeds) if seeds else None

    def best_peer(self, case: str, budget: int) -> tuple[float, str] | None:
        """The best rival's Dice and name."""
        return self.best_of(RIVALS, case, budget)

    def best_of(self, methods: Sequence[str], case: str, budget: int) -> tuple[float, str] | None:
        """Dice and name of the best of some methods, None if none has run."""
        found = [(dice, name) for name in methods if (dice := self.dice(case, budget, name)) is not None]
        return max(found) if found else None


class ResultStore:
    """The results of the accuracy suite."""

    def __init__(self, path: Path = FILE) -> None:
        self._file = SuiteFile(path)

    def load(self, case: str, budget: int, method: str, seed: int) -> Result | None:
        """A stored result, None if there is none."""
        values = self._file.load(_name(case, budget, method, seed))
        return None if values is None else Result(**values)

    def save(self, result: Result) -> None:
        """Store a result."""
        self._file.save(_name(result.case, result.budget, result.method, result.seed), asdict(result))

    def __iter__(self) -> Iterator[Result]:
        return (Result(**values) for values in self._file.all().values())


def _name(case: str, budget: int, method: str, seed: int) -> str:
    return f"{case}-{budget}-{method}-{seed}"
