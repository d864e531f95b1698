"""What can be measured: kinds of rows, each on its cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.minutes import app_row, commands, outline, peer_row, waiting
from benchmarks.minutes.cases import CASES
from benchmarks.minutes.hand import HandModel

Measure = Callable[[str, str, HandModel], dict[str, Any]]
"""(kind, case, hand) to JSON values."""


@dataclass(frozen=True)
class Kind:
    """A kind of row.

    Attributes:
        title: for tables.
        table: of which it is a part.
    """

    title: str
    table: str
    cases: tuple[str, ...]
    measure: Measure


KINDS: dict[str, Kind] = {
    "box": Kind("Ours, boxes", "minutes", CASES, app_row.measure),
    "lasso": Kind("Ours, lasso", "minutes", CASES, app_row.measure),
    "morphological": Kind(
        "Lasso, then morphological interpolation (ITK)", "minutes", CASES, peer_row.measure
    ),
    "random_walker": Kind("Lasso, then random walker (scikit-image)", "minutes", CASES, peer_row.measure),
    "waiting3": Kind("3 painted slices", "waiting", tuple(waiting.SCANS), waiting.measure),
    "waiting5": Kind("5 painted slices", "waiting", tuple(waiting.SCANS), waiting.measure),
    "propagate": Kind("propagate, 5 painted slices", "commands", ("ct_abdomen",), commands.measure),
    "fit": Kind("fit, ten crops with 2 painted slices each", "commands", ("hippocampus",), commands.measure),
    "outline": Kind("Box to outline", "outline", CASES, outline.measure),
}
ALL_CASES = tuple(dict.fromkeys(case for kind in KINDS.values() for case in kind.cases))
