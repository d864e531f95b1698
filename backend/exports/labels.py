"""One .nii.gz of 0 and 1 for each label, in one zip file."""

from __future__ import annotations

import numpy as np

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.file_names import safe_stem
from backend.exports.zip_file import zip_bytes


def export(mask: ExportedMask) -> ExportFile:
    """Each label by itself, its code and name in the file's name."""
    files = {}
    for label in mask.labels:
        name = f"{label['code']:03d}-{safe_stem(label['name'])}.nii.gz"
        files[name] = mask.nifti((mask.label_map == label["value"]).view(np.uint8))
    return ExportFile(f"{mask.stem}-labels.zip", "application/zip", zip_bytes(files))
