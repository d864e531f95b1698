"""From what the method reports in each phase to one fraction, a remaining time and a loss curve."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fewshot_sam.progress import Stage

WRITE_INTERVAL_S = 0.25


@dataclass
class Phase:
    """One part of a run.

    Attributes:
        stage: what people read while it runs.
        expected_s: how long it is likely to take; decides its share of the bar.
        shares: stages the method reports within the phase, by the part of the phase (from, to) each
            takes; a stage that is not listed moves nothing.
    """

    stage: str
    expected_s: float
    shares: Mapping[Stage, tuple[float, float]]
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
    """A :class:`fewshot_sam.progress.Progress` over several phases, written at most every 0.25 s.

    Attributes:
        phases: in order.
        write: receives stage, fraction, eta_s and loss.
        check: raises OperationCancelled when the run should stop.
    """

    phases: list[Phase]
    write: Callable[..., None]
    check: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    loss: list[list[float]] = field(default_factory=list)
    _current: int = field(default=0, init=False)
    _shown: float = field(default=0.0, init=False)
    _written_at: float = field(default=float("-inf"), init=False)

    @property
    def stage(self) -> str:
        """What the run is at, for people."""
        return self.phases[self._current].stage

    def begin(self, index: int) -> None:
        """Enter a phase; earlier ones are over."""
        now = self.clock()
        for phase in self.phases[:index]:
            phase.fraction, phase.ended_at = 1.0, phase.ended_at or now
        self._current = index
        self.phases[index].started_at = now
        self._report(force=True)

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        """Take a report of the method; see :class:`fewshot_sam.progress.Progress`."""
        self.check()
        phase = self.phases[self._current]
        if stage in phase.shares:
            start, end = phase.shares[stage]
            phase.fraction = max(phase.fraction, start + (end - start) * min(max(fraction, 0.0), 1.0))
        if "loss" in details:
            step = details.get("step", len(self.loss) + 1)
            self.loss.append([int(step), round(float(details["loss"]), 5)])
        self._report(force=False)

    def _report(self, force: bool) -> None:
        now = self.clock()
        if not force and now - self._written_at < WRITE_INTERVAL_S:
            return
        self._written_at = now
        total = sum(phase.expected_s for phase in self.phases) or 1.0
        done = sum(phase.expected_s * phase.fraction for phase in self.phases)
        self._shown = max(self._shown, min(done / total, 0.99))
        eta_s = sum(phase.remaining_s(now) for phase in self.phases)
        self.write(
            stage=self.stage,
            fraction=self._shown,
            eta_s=round(eta_s, 1),
            loss=list(self.loss),
        )
