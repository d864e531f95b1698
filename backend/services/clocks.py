"""Whether the system's clock was set while the server runs: what deletes by the time has to know."""

from __future__ import annotations

import time
from datetime import datetime

from backend.queries.retention import GRACE
from storage.models import utc_now


def steady_s() -> float:
    """Seconds of a clock that nobody sets; where the system has one, it goes on in standby."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class Clocks:
    """The clock, beside a steady one, from round to round of one thread."""

    def __init__(self) -> None:
        self._noted: tuple[datetime, float] | None = None

    def read(self, now: datetime | None, steady: float | None) -> tuple[datetime, float]:
        """The time and :func:`steady_s`, or what a test says that they are."""
        return utc_now() if now is None else now, steady_s() if steady is None else steady

    def have_jumped(self, clocks: tuple[datetime, float]) -> bool:
        """Whether clock and steady clock went apart by more than a day since they were noted."""
        if self._noted is None:
            return False
        went_s = (clocks[0] - self._noted[0]).total_seconds()
        return abs(went_s - (clocks[1] - self._noted[1])) > GRACE.total_seconds()

    def note(self, clocks: tuple[datetime, float]) -> None:
        """Remember them, once a jump is dealt with: a round that fails leaves it to the next."""
        self._noted = clocks
