"""Scores against references as lines of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Protocol

from backend.exports.base import ExportFile
from backend.exports.cells import csv_bytes, harmless_cell, known_cell, number_cell
from backend.exports.file_names import safe_stem
from backend.schemas.references import ScoresAnswer, ScoreValues

SCORES = ("dice", "iou", "surface_dice", "hd95_mm", "reference_volume_ml")
PROJECT_COLUMNS = ("volume", "label", *SCORES, "tolerance_mm", "note")
MEAN = "(mean)"


class Scored(Protocol):
    """A volume with a reference."""

    @property
    def name(self) -> str: ...
    @property
    def has_mask(self) -> bool: ...
    @property
    def scores(self) -> ScoresAnswer | None: ...
    @property
    def unreadable(self) -> bool: ...


def scored_rows(scores: ScoresAnswer) -> list[tuple[str, ScoreValues]]:
    """The labels of a mask by name, and last their mean."""
    return [*((label.name, label.scores) for label in scores.labels), (MEAN, scores.mean)]


def score_cells(scores: ScoreValues | None, pictures: bool = False) -> list[Decimal | str]:
    """A cell for each of SCORES, empty where there is none; ``pictures``: those have no volume."""
    left_out = "reference_volume_ml" if pictures else ""
    return [
        known_cell(None if scores is None or name == left_out else getattr(scores, name)) for name in SCORES
    ]


def project_table(project_name: str, volumes: Iterable[Scored]) -> ExportFile:
    """The scores of a project's volumes."""
    table = csv_bytes(PROJECT_COLUMNS, _project_rows(volumes))
    return ExportFile(f"{safe_stem(project_name)}-scores.csv", "text/csv", table)


def _project_rows(volumes: Iterable[Scored]) -> Iterator[tuple[Any, ...]]:
    """The lines of a project's table: of each volume its mean, then its labels, the worst first."""
    for volume in volumes:
        name, scores = harmless_cell(volume.name), volume.scores
        if scores is None:
            yield (name, MEAN, *score_cells(None), "", _why_not(volume))
            continue
        tolerance = number_cell(scores.tolerance_mm)
        yield (name, MEAN, *score_cells(scores.mean), tolerance, "")
        for label in sorted(scores.labels, key=lambda each: each.scores.dice or 0.0):
            yield (name, harmless_cell(label.name), *score_cells(label.scores), tolerance, "")


def _why_not(volume: Scored) -> str:
    """Why a volume has no scores."""
    if volume.unreadable:
        return "cannot be read: damaged on the server's disk"
    return "not scored in time; ask again" if volume.has_mask else "no mask yet"
