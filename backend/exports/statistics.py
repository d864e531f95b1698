"""What each label measures, as a CSV table: volume, intensities, extent."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.provenance import how_cell
from backend.exports.change import VolumeChange
from backend.exports.table import csv_bytes, harmless_cell, number_cell

COLUMNS = (
    *("code", "label", "voxels", "volume_ml", "mean", "standard_deviation"),
    *("extent_right_mm", "extent_anterior_mm", "extent_superior_mm", "how"),
    *("previous_volume_ml", "change_ml", "change_percent"),
)
"""Mean and deviation are in HU for CT, else of intensities as stored. Changes are against the CT; how tells who made its slicesmask before."""


def export(mask: ExportedMask) -> ExportFile:
    """One line a label."""
    rows, changes = [], VolumeChange.by_value(mask.answer)
    for label in mask.labels:
        found = mask.measures[label["value"]]
        change = changes[label["value"]]
        numbers = (
            *(found.volume_ml, found.mean, found.standard_deviation, *found.extent_mm),
            *(change.before_ml, change.ml, change.percent),
        )
        cells = ["" if number is None else number_cell(number) for number in numbers]
        how = harmless_cell(how_cell(mask, label["value"]))
        rows.append((label["code"], harmless_cell(label["name"]), found.voxels, *cells, how))
    return ExportFile(f"{mask.stem}-statistics.csv", "text/csv", csv_bytes(COLUMNS, rows))
