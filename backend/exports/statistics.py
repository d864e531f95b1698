"""What each label measures, as a CSV table: volume, intensities, extent."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.provenance import how_cell
from backend.exports.table import csv_bytes, harmless_cell, number_cell

COLUMNS = (
    *("code", "label", "voxels", "volume_ml", "mean", "standard_deviation"),
    *("extent_right_mm", "extent_anterior_mm", "extent_superior_mm", "how"),
)
"""Mean and deviation are of intensities as stored, in HU for most CT; how tells who made its slices."""


def export(mask: ExportedMask) -> ExportFile:
    """One line a label."""
    rows = []
    for label in mask.labels:
        found = mask.measures[label["value"]]
        numbers = (found.volume_ml, found.mean, found.standard_deviation, *found.extent_mm)
        cells = ["" if number is None else number_cell(number) for number in numbers]
        how = harmless_cell(how_cell(mask, label["value"]))
        rows.append((label["code"], harmless_cell(label["name"]), found.voxels, *cells, how))
    return ExportFile(f"{mask.stem}-statistics.csv", "text/csv", csv_bytes(COLUMNS, rows))
