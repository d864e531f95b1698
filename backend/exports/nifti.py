"""One multi-label .nii.gz with the labels' codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.exports.base import ExportedMask, ExportFile


def export(mask: ExportedMask) -> ExportFile:
    """The mask with its codes, on the volume's source grid."""
    content = mask.nifti(with_codes(mask.label_map, mask.labels))
    return ExportFile(f"{mask.stem}-mask.nii.gz", "application/gzip", content)


def with_codes(label_map: np.ndarray, labels: list[dict[str, Any]]) -> np.ndarray:
    """A (X, Y, Z) uint8 label map with codes instead of values, uint8 or uint16."""
    lookup = np.arange(256, dtype=np.uint16)
    for label in labels:
        lookup[label["value"]] = label["code"]
    # A byte a voxel where that is enough: beside a whole CT the other one counts.
    return lookup.astype(np.min_scalar_type(int(lookup.max())))[label_map]
