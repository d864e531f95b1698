"""Masks of unrelated pictures: a PNG for each in a zip file, and COCO."""

from __future__ import annotations

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.nifti import with_codes
from backend.exports.provenance import provenance_json
from backend.exports.zip_file import zip_bytes
from fewshot_sam.data.origins import PROVENANCE_SUFFIX
from fewshot_sam.io.picture_export import coco_bytes, mask_files


def masks(mask: ExportedMask) -> ExportFile:
    """A PNG of codes a picture, pictures to look at, COCO, names; see :mod:`fewshot_sam.io.picture_export`.

    Raises ImageFormatError where the volume is a scan.
    """
    files = dict(mask_files(with_codes(mask.label_map, mask.labels), mask.volume, mask.names))
    files[f"{mask.stem}{PROVENANCE_SUFFIX}"] = provenance_json(mask)
    return ExportFile(f"{mask.stem}-masks.zip", "application/zip", zip_bytes(files))


def coco(mask: ExportedMask) -> ExportFile:
    """All masks in one COCO file. Raises ImageFormatError where the volume is a scan."""
    content = coco_bytes(with_codes(mask.label_map, mask.labels), mask.volume, mask.names)
    return ExportFile(f"{mask.stem}-coco.json", "application/json", content)
