"""``--to seg``, ``seg-label-map`` and ``rtstruct``: DICOM objects of a DICOM scan."""

from __future__ import annotations

from functools import partial

from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.data.label_names import default_color
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.dicom.series_of_scan import ObjectMaker
from fewshot_sam.io.dicom.source_headers import missing_uids
from fewshot_sam.io.dicom.structure_set import structure_set
from fewshot_sam.io.export import replaced_whole


def binary(mask: MaskExport) -> list[str]:
    """A segmentation with a bit for each pixel and segment, which every program reads."""
    return _write(mask, segmentation)


def label_map(mask: MaskExport) -> list[str]:
    """A segmentation with the number of its segment for each pixel."""
    return _write(mask, partial(segmentation, kind=SegmentationKind.LABEL_MAP))


def rtstruct(mask: MaskExport) -> list[str]:
    """Contours on the slices."""
    return _write(mask, structure_set)


def _write(mask: MaskExport, make: ObjectMaker) -> list[str]:
    if mask.headers is None:
        raise ImageFormatError(
            f"The image must be DICOM, as DICOM objects name the files that they were made of, but "
            f"'{mask.image.name}' is not. Give the DICOM folder that the scan was converted from."
        )
    segments = [
        Segment(code, label.name, label.color or default_color(place), label.term)
        for place, (code, label) in enumerate(mask.names.items())
    ]
    made = make(mask.codes, mask.volume, mask.headers, segments)
    with replaced_whole(mask.output) as part:
        made.save_as(part, enforce_file_format=True)
    missing = missing_uids(mask.headers)
    if not missing:
        return []
    return [
        f"The scan's files state no {' and no '.join(missing)}, so one was made from what is there. "
        "An archive will not show what was exported with the scan."
    ]
