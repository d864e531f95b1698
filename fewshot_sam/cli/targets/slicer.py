"""``--to seg.nrrd``: a segmentation of 3D Slicer."""

from __future__ import annotations

from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.io.slicer_segmentation import save_slicer_segmentation


def write(mask: MaskExport) -> list[str]:
    """Segments with names, colours and terms."""
    save_slicer_segmentation(mask.codes, mask.volume, mask.output, mask.names)
    return []
