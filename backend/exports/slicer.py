"""One segmentation of 3D Slicer, with names, colours and terms."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.nifti import with_codes
from fewshot_sam.io.slicer_segmentation import SUFFIX, save_slicer_segmentation


def export(mask: ExportedMask) -> ExportFile:
    """The mask's labels as segments, on the volume's source grid."""
    codes = with_codes(mask.label_map, mask.labels)
    mask.temporary_folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=mask.temporary_folder) as folder:
        path = Path(folder) / f"mask{SUFFIX}"
        save_slicer_segmentation(codes, mask.volume, path, mask.names)
        return ExportFile(f"{mask.stem}{SUFFIX}", "application/octet-stream", path.read_bytes())
