"""From what the library reports of its stages to one fraction, a remaining time and a loss curve."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fewshot_sam.progress import Stage

WRITE_INTERVAL_S = 0.25


@dataclass
class StageShare:
    """One stage of a run.

    Attributes:
        stage: as the library reports it; its value is what people read while it lasts.
        expected_s: how long it is likely to take; decides its share of the bar.
    """

    stage: Stage
    expected_s: float
    fraction: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None

    def remaining_s(self, now: float) -> float:
        """Likely seconds to its end: as it goes once it goes, as expected before."""
        if self.ended_at is not None:
            return 0.0
        if self.started_at is None or self.fraction < 0.05:
            return self.expected_s * (1.0 - self.fraction)
        return (now - self.started_at) * (1.0 - self.fraction) / self.fraction


@dataclass
class RunProgress:
    """A :class:`fewshot_sam.progress.Progress` over several stages, written at most every 0.25 s.

    A stage begins with its first report, or when :meth:`begin` says so. What is reported of an earlier one
    moves nothing: the slices that a fit reads again are in the cache.

    Attributes:
        stages: in order.
        write: receives stage, fraction, eta_s and loss.
        check: raises OperationCancelled when the run should stop.
    """

    stages: list[StageShare]
    write: Callable[..., None]
    check: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    loss: list[list[float]] = field(default_factory=list)
    _current: int = field(default=-1, init=False)
    _shown: float = field(default=0.0, init=False)
    _written_at: float = field(default=float("-inf"), init=False)

    @property
    def stage(self) -> Stage:
        """What the run is at."""
        return self.stages[max(0, self._current)].stage

    def begin(self, stage: Stage) -> None:
        """Enter a stage; earlier ones are over."""
        now = self.clock()
        index = self._index(stage)
        for earlier in self.stages[:index]:
            earlier.fraction, earlier.ended_at = 1.0, earlier.ended_at or now
        self._current = index
        self.stages[index].started_at = now
        self._report(force=True)

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        """Take a report of the library; see :class:`fewshot_sam.progress.Progress`."""
        self.check()
        index = self._index(stage)
        if index > self._current:
            self.begin(stage)
        if index == self._current:
            share = self.stages[index]
            share.fraction = max(share.fraction, min(max(fraction, 0.0), 1.0))
        if "loss" in details:
            step = details.get("step", len(self.loss) + 1)
            self.loss.append([int(step), round(float(details["loss"]), 5)])
        self._report(force=False)

    def _index(self, stage: Stage) -> int:
        """The stage's place; before all others for one that this run does not have."""
        return next((index for index, share in enumerate(self.stages) if share.stage == stage), -2)

    def _report(self, force: bool) -> None:
        now = self.clock()
        if not force and now - self._written_at < WRITE_INTERVAL_S:
            return
        self._written_at = now
        total = sum(share.expected_s for share in self.stages) or 1.0
        done = sum(share.expected_s * share.fraction for share in self.stages)
        self._shown = max(self._shown, min(done / total, 0.99))
        eta_s = sum(share.remaining_s(now) for share in self.stages)
        self.write(
            stage=self.stage.value,
            fraction=self._shown,
            eta_s=round(eta_s, 1),
            loss=list(self.loss),
        )
