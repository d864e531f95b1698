"""What each label measures, as a CSV table: volume, intensities, extent."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.table import harmless_cell

COLUMNS = (
    *("code", "label", "voxels", "volume_ml", "mean", "standard_deviation"),
    *("extent_right_mm", "extent_anterior_mm", "extent_superior_mm"),
)
"""Mean and deviation are of intensities as stored, in HU for most CT."""


def export(mask: ExportedMask) -> ExportFile:
    """One line a label; UTF-8 with a byte order mark, by which spreadsheets tell the encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for label in mask.labels:
        found = mask.measures[label["value"]]
        numbers = (found.volume_ml, found.mean, found.standard_deviation, *found.extent_mm)
        cells = ["" if number is None else Decimal(f"{number:.4f}") for number in numbers]
        writer.writerow([label["code"], harmless_cell(label["name"]), found.voxels, *cells])
    return ExportFile(f"{mask.stem}-statistics.csv", "text/csv", text.getvalue().encode("utf-8-sig"))
