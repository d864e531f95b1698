"""``--to seg``: a DICOM segmentation of a DICOM scan."""

from __future__ import annotations

from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.dicom.source_headers import missing_uids
from fewshot_sam.io.export import replaced_whole


def binary(mask: MaskExport) -> list[str]:
    """A bit for each pixel and segment, which every program reads."""
    return _write(mask, SegmentationKind.BINARY)


def label_map(mask: MaskExport) -> list[str]:
    """For each pixel the number of its segment."""
    return _write(mask, SegmentationKind.LABEL_MAP)


def _write(mask: MaskExport, kind: SegmentationKind) -> list[str]:
    if mask.headers is None:
        raise ImageFormatError(
            f"The image must be DICOM, as a DICOM segmentation names its files, but '{mask.image.name}' is "
            "not. Give the DICOM folder that the scan was converted from."
        )
    segments = [Segment(code, label.name, label.color, label.term) for code, label in mask.names.items()]
    made = segmentation(mask.codes, mask.volume, mask.headers, segments, kind)
    with replaced_whole(mask.output) as part:
        made.save_as(part, enforce_file_format=True)
    missing = missing_uids(mask.headers)
    if not missing:
        return []
    return [
        f"The scan's files state no {' and no '.join(missing)}, so one was made from what is there. "
        "An archive will not show the segmentation with the scan."
    ]
