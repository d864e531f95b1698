"""Timing: how often a thing is run, and what is said of the runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

RUNS = 5
LONG_S = 20.0
LONG_RUNS = 2


def repeat(
    call: Callable[[], object], runs: int = RUNS, warm_up: int = 0, long_s: float = LONG_S
) -> list[float]:
    """Wall seconds of each of ``runs`` calls, after ``warm_up`` unmeasured ones.

    A call that takes over ``long_s`` is made only LONG_RUNS times in all, or ``runs`` if that is fewer.
    """
    for _ in range(warm_up):
        call()
    found: list[float] = []
    while len(found) < runs:
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
        if found[0] > long_s:
            runs = min(runs, LONG_RUNS)
    return found


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number the mean of the middle two."""
    return float(statistics.median(values))


def median_run(totals: Sequence[float]) -> int:
    """Index of the run whose total is nearest to the median; of two equally near the first."""
    middle = median(totals)
    return min(range(len(totals)), key=lambda index: (abs(totals[index] - middle), index))


def spread_text(values: Sequence[float], unit: str) -> str:
    """ "1.23 s (1.20 to 1.41)", or without the brackets where there is one value."""
    text = with_unit(median(values), unit)
    if len(values) < 2:
        return text
    return f"{text} ({number_text(min(values))} to {number_text(max(values))})"


def with_unit(value: float, unit: str) -> str:
    """ "1.23 s"; a multiple stands without a space, "6.1x"."""
    return f"{number_text(value)}{'' if unit in ('x', '%') else ' '}{unit}".rstrip()


def number_text(value: float) -> str:
    """Three significant digits, never an exponent: 0.0123, 1.23, 12.3, 1230."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 100:
        return f"{value:.0f}"
    digits = 2
    while magnitude < 1 and digits < 7:
        magnitude *= 10
        digits += 1
    while magnitude >= 10:
        magnitude /= 10
        digits -= 1
    return f"{value:.{digits}f}"
