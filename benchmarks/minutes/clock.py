"""Time as a person sees it: what the hand took, and when."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[], object]


class Clock(ABC):
    """Seconds since the scan was dropped, and a log of the hand's work."""

    def __init__(self) -> None:
        self.work: list[HandWork] = []

    @abstractmethod
    def now(self) -> float:
        """Seconds since the start."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Let time pass without the hand."""

    def spend(self, kind: str, seconds: float, action: Action = lambda: None) -> None:
        """The hand does something that takes it ``seconds``; what the program needs longer is waiting."""
        began = self.now()
        action()
        self.wait(max(0.0, seconds - (self.now() - began)))
        self.work.append(HandWork(kind, began, seconds, self.now() - began))

    def hand_s(self, until_s: float = float("inf")) -> float:
        """Seconds that the hand worked before a moment."""
        return sum(max(0.0, min(work.seconds, until_s - work.began_s)) for work in self.work)

    def hand_s_by_kind(self) -> dict[str, float]:
        """Seconds by what the hand did."""
        found: dict[str, float] = defaultdict(float)
        for work in self.work:
            found[work.kind] += work.seconds
        return dict(sorted(found.items()))

    def overrun_s(self) -> float:
        """Seconds that actions took longer than the hand: a page that lags."""
        return sum(max(0.0, work.took_s - work.seconds) for work in self.work)


@dataclass(frozen=True)
class HandWork:
    """One thing the hand did.

    Attributes:
        kind: such as "outlining".
        seconds: what the hand model says.
        took_s: until the hand was free again.
    """

    kind: str
    began_s: float
    seconds: float
    took_s: float


class RealClock(Clock):
    """Wall clock; the hand's time is slept."""

    def __init__(self) -> None:
        super().__init__()
        self._zero = time.monotonic()

    def now(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._zero

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@dataclass
class VirtualClock(Clock):
    """Seconds that are only added up."""

    at_s: float = 0.0
    work: list[HandWork] = field(default_factory=list)

    def now(self) -> float:
        """What was added up."""
        return self.at_s

    def wait(self, seconds: float) -> None:
        """Add."""
        self.at_s += seconds
