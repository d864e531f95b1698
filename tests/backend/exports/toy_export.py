"""An export of somebody else: one file, named one time in the registry by the test."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile


def export(mask: ExportedMask) -> ExportFile:
    """How many voxels hold a label."""
    text = f"{mask.volume.name}: {int((mask.label_map > 0).sum())}"
    return ExportFile(f"{mask.stem}.txt", "text/plain", text.encode())
