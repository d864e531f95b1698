"""Voxels and millilitres of each label, as a CSV table."""

from __future__ import annotations

from typing import Any

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.cells import body_cell, csv_bytes, harmless_cell


def export(mask: ExportedMask) -> ExportFile:
    """One line a label."""
    return ExportFile(
        f"{mask.stem}-volumes.csv", "text/csv", volume_table(mask.labels, bool(mask.volume.pictures))
    )


def volume_table(labels: list[dict[str, Any]], pictures: bool) -> bytes:
    """Each label's voxels and millilitres, see :func:`csv_bytes` and :func:`body_cell`."""
    rows = [
        (
            label["code"],
            harmless_cell(label["name"]),
            label["voxels"],
            body_cell(label["volume_ml"], pictures),
        )
        for label in labels
    ]
    return csv_bytes(("code", "label", "voxels", "volume_ml"), rows)
