"""What each label measures, as a CSV table: volume, intensities, extent."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.cells import body_cell, csv_bytes, harmless_cell, known_cell
from backend.exports.change import VolumeChange
from backend.exports.provenance import how_cell
from backend.exports.scores import score_cells

COLUMNS = (
    *("code", "label", "voxels", "volume_ml", "mean", "standard_deviation"),
    *("extent_right_mm", "extent_anterior_mm", "extent_superior_mm"),
    *("previous_volume_ml", "change_ml", "change_percent", "how"),
    *("reference_dice", "reference_iou", "reference_surface_dice"),
    *("reference_hd95_mm", "reference_volume_ml"),
)
"""Mean and deviation are in HU for CT, else of intensities as stored. Changes are against the mask before;
how tells who made the label's slices; scores are against the volume's reference, empty where it has none.
Of unrelated pictures mL and extents are empty."""


def export(mask: ExportedMask) -> ExportFile:
    """One line a label."""
    rows, changes = [], VolumeChange.by_value(mask.answer)
    scores = {each.value: each.scores for each in mask.scores.labels} if mask.scores else {}
    pictures = bool(mask.volume.pictures)
    for label in mask.labels:
        found = mask.measures[label["value"]]
        change = changes[label["value"]]
        cells = (
            body_cell(found.volume_ml, pictures),
            *(known_cell(each) for each in (found.mean, found.standard_deviation)),
            *(body_cell(each, pictures) for each in found.extent_mm),
            *(body_cell(each, pictures) for each in (change.before_ml, change.ml)),
            known_cell(change.percent),
        )
        how = harmless_cell(how_cell(mask, label["value"]))
        score = score_cells(scores.get(label["value"]), pictures)
        rows.append((label["code"], harmless_cell(label["name"]), found.voxels, *cells, how, *score))
    return ExportFile(f"{mask.stem}-statistics.csv", "text/csv", csv_bytes(COLUMNS, rows))
