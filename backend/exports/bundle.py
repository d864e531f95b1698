"""The label map, its names and its table in one zip file."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.names import names_json
from backend.exports.nifti import with_codes
from backend.exports.provenance import provenance_json
from backend.exports.table import volume_table
from backend.exports.zip_file import zip_bytes
from fewshot_sam.data.origins import PROVENANCE_SUFFIX


def export(mask: ExportedMask) -> ExportFile:
    """Everything that another program needs to read the mask."""
    files = {
        f"{mask.stem}-mask.nii.gz": mask.nifti(with_codes(mask.label_map, mask.labels)),
        f"{mask.stem}-mask.json": names_json(mask.labels),
        f"{mask.stem}-volumes.csv": volume_table(mask.labels, bool(mask.volume.pictures)),
        f"{mask.stem}{PROVENANCE_SUFFIX}": provenance_json(mask),
    }
    return ExportFile(f"{mask.stem}-mask.zip", "application/zip", zip_bytes(files))
