"""Rows of the table: what was measured, beside what, and whether the target is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.markdown import table
from benchmarks.speed.samples import median, spread_text, with_unit


@dataclass(frozen=True)
class Target:
    """A limit in the row's own unit."""

    kind: Literal["at most", "at least"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether a value keeps the limit; the limit itself does."""
        return value <= self.limit if self.kind == "at most" else value >= self.limit


def at_most(limit: float) -> Target:
    """A limit from above."""
    return Target("at most", limit)


def at_least(limit: float) -> Target:
    """A limit from below."""
    return Target("at least", limit)


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        what: a noun phrase.
        values: of each run, in ``unit``; the median is held against the target.
        reference: what it is to be compared with, measured in the same run, for people.
        remark: anything else one must know to read the figure.
    """

    what: str
    values: Sequence[float]
    unit: str
    reference: str = ""
    target: Target | None = None
    remark: str = ""

    @property
    def verdict(self) -> str:
        """ "met", "not met", or nothing where there is no target."""
        if self.target is None:
            return ""
        return "met" if self.target.met(median(self.values)) else "**not met**"

    def cells(self) -> list[str]:
        """What stands in the table, in the order of :data:`HEAD` without the case."""
        target = f"{self.target.kind} {with_unit(self.target.limit, self.unit)}" if self.target else ""
        measured, runs = spread_text(self.values, self.unit), str(len(self.values))
        return [self.what, measured, runs, self.reference, target, self.verdict, self.remark]

    def to_json(self) -> dict[str, Any]:
        """Plain values; :meth:`from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Row:
        """The row that :meth:`to_json` described."""
        target = values.get("target")
        return cls(**{**values, "target": Target(**target) if target else None})


HEAD = ["case", "what", "median (min to max)", "n", "in the same run", "target", "", "remark"]


def rows_table(groups: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """One Markdown table of all cases; a case's name stands in its first row alone."""
    lines = []
    for title, rows in groups:
        for number, row in enumerate(rows):
            cells = ["" if number else title, *row.cells()]
            lines.append([cell.replace("|", "\\|") for cell in cells])
    return table(HEAD, lines)


def unmet(rows: Sequence[Row]) -> list[Row]:
    """The rows whose target is not met."""
    return [row for row in rows if row.target is not None and not row.target.met(median(row.values))]
