"""A row of the table in docs/reliability.md: what is done to the program, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Found:
    """What a row found.

    Attributes:
        figures: in words.
        faults: what misses the target, a sentence each.
    """

    figures: str = ""
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TortureRow:
    """One row.

    Attributes:
        target: in words.
        count: how often it is done in the long version; what it counts is in ``unit``.
        run: does it, with an empty folder, a count and a seed.
    """

    target: str
    count: int
    unit: str
    run: Callable[[Path, int, int], Found]
