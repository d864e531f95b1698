"""The confidence of each voxel, in percent, as a .nii.gz."""

from __future__ import annotations

import numpy as np

from backend.exports.base import ExportedMask, ExportFile


def export(mask: ExportedMask) -> ExportFile:
    """The confidence as uint8, 0 to 100. Raises NotFoundError where the mask has none."""
    content = mask.nifti(_percent(mask.confidence))
    return ExportFile(f"{mask.stem}-confidence.nii.gz", "application/gzip", content)


def _percent(confidence: np.ndarray) -> np.ndarray:
    lookup = np.rint(np.arange(256) * (100 / 255)).astype(np.uint8)
    return lookup[confidence]
