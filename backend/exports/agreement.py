"""How far readings agree, as tables."""

from __future__ import annotations

from decimal import Decimal

from backend.exports.base import ExportFile
from backend.exports.cells import csv_bytes, harmless_cell, known_cell, number_cell
from backend.exports.file_names import safe_stem
from backend.schemas.readings import AgreementAnswer, AgreementValues

MEAN = "(mean)"


def agreement_table(name: str, answer: AgreementAnswer) -> ExportFile:
    """A line for the mean of each pair of readings, then one for each label."""
    tolerance, rows = number_cell(answer.tolerance_mm), []
    for pair in answer.pairs:
        who = (harmless_cell(pair.first_name), harmless_cell(pair.second_name))
        for label, values in [(MEAN, pair.mean), *((each.name, each.values) for each in pair.labels)]:
            rows.append((*who, harmless_cell(label), *_cells(values), tolerance))
    head = ("first", "second", "label", *AgreementValues.model_fields, "tolerance_mm")
    return ExportFile(f"{safe_stem(name)}-agreement.csv", "text/csv", csv_bytes(head, rows))


def slice_table(name: str, answer: AgreementAnswer) -> ExportFile:
    """A line for each slice on which a pair differs, counted from 1 as on the page, the most first."""
    names = {label.value: label.name for pair in answer.pairs for label in pair.labels}
    rows = [
        (
            harmless_cell(pair.first_name),
            harmless_cell(pair.second_name),
            answer.plane.value,
            each.slice_index + 1,
            each.voxels,
            harmless_cell("; ".join(names[value] for value in each.labels if value in names)),
        )
        for pair in answer.pairs
        for each in pair.slices
    ]
    head = ("first", "second", "plane", "slice", "differing_voxels", "labels")
    return ExportFile(f"{safe_stem(name)}-differing-slices.csv", "text/csv", csv_bytes(head, rows))


def _cells(values: AgreementValues) -> list[Decimal | str]:
    return [known_cell(getattr(values, name)) for name in AgreementValues.model_fields]
