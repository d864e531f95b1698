"""The mask as a DICOM object of the files that its volume came from, to be put beside them."""

from __future__ import annotations

import io
import logging
import traceback
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.nifti import with_codes
from backend.exports.provenance import kind_counts, label_algorithm
from fewshot_sam.data.origins import OriginKind
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.dicom.series_of_scan import ObjectMaker
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.dicom.structure_set import structure_set

logger = logging.getLogger(__name__)

_BY_HAND = (OriginKind.PAINTED, OriginKind.OUTLINED, OriginKind.ACCEPTED, OriginKind.CORRECTED)


def binary(mask: ExportedMask) -> ExportFile:
    """A bit for each pixel and segment, which every program reads. Raises ImageFormatError."""
    return _written(mask, segmentation, "seg")


def label_map(mask: ExportedMask) -> ExportFile:
    """For each pixel the number of its segment, of DICOM 2024. Raises ImageFormatError."""
    return _written(mask, partial(segmentation, kind=SegmentationKind.LABEL_MAP), "seg-label-map")


def rtstruct(mask: ExportedMask) -> ExportFile:
    """Contours on the slices. Raises ImageFormatError."""
    return _written(mask, structure_set, "rtstruct")


def _written(mask: ExportedMask, make: ObjectMaker, ending: str) -> ExportFile:
    """The file.

    Raises:
        ImageFormatError: no headers are kept, or cannot be repeated in another file; or nothing is labelled.
        GeometryError: the headers are of another scan.
    """
    headers = mask.headers
    if headers is None:
        raise ImageFormatError(_why_without_headers(mask.volume.metadata, bool(mask.volume.pictures)))
    try:
        content = _content(mask, headers, make)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        # Its text may quote a header, so only the place is logged.
        place = "".join(traceback.format_tb(error.__traceback__))
        logger.error("a DICOM object could not be made: %s\n%s", type(error).__name__, place)
        raise ImageFormatError(
            "The headers of this scan's DICOM files hold what cannot be repeated in another one. "
            "Download the mask as NIfTI."
        ) from None
    return ExportFile(f"{mask.stem}-{ending}.dcm", "application/dicom", content)


def _content(mask: ExportedMask, headers: SourceHeaders, make: ObjectMaker) -> bytes:
    codes = with_codes(mask.label_map, mask.labels)
    held = [label for label in mask.labels if label["voxels"]]
    segments = [_segment(mask, label) for label in sorted(held, key=lambda label: label["code"])]
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote what is in the headers
        made = make(codes, mask.volume, headers, segments, author=_author(mask))
        made.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _segment(mask: ExportedMask, label: Mapping[str, Any]) -> Segment:
    algorithm, named = label_algorithm(mask, kind_counts(mask, label["value"])), mask.names[label["code"]]
    return Segment(label["code"], named.name, named.color, named.term, algorithm.type, algorithm.name)


def _author(mask: ExportedMask) -> str | None:
    """Who painted or accepted the mask's labels, where that is one person with an account."""
    values = {str(label["value"]) for label in mask.labels}
    people = {
        origin.by
        for each in mask.provenance.slices
        for value, origin in each.labels.items()
        if value in values and origin.kind in _BY_HAND
    }
    return mask.provenance.person(people.pop()) if len(people) == 1 else None


def _why_without_headers(metadata: Mapping[str, str], are_pictures: bool) -> str:
    """Why no headers are kept of a volume, and what to do."""
    if are_pictures or metadata.get("format") != "DICOM":
        what = "is of pictures" if are_pictures else "came from another format"
        return (
            f"A DICOM object is made of a scan that came from DICOM files, but this volume {what}. "
            "Import the scan's DICOM files, or download the mask in another format."
        )
    why = (
        "was imported by a version that kept none"
        if "series_uid" in metadata
        else "was imported without names, where none are kept"
    )
    return (
        "A DICOM object repeats what the headers of the scan's files say, and of this volume there are "
        f"none: it {why}. Import the files again with their names, then this volume's labels there, and "
        "propagate; or download the mask as NIfTI."
    )
