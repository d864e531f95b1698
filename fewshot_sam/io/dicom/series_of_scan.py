"""What objects made of a scan say of patient and study, and how their series is called."""

from __future__ import annotations

from pydicom.dataset import Dataset

from fewshot_sam.io.dicom.segments import label_text
from fewshot_sam.io.dicom.source_headers import PATIENT_AND_STUDY

UTF_8 = "ISO_IR 192"
"""Specific Character Set: names may be in any script."""
_NUMBER_ABOVE = 100
"""The series is numbered so much above its scan's: people tell series of a study by it."""
_MAX_NUMBER = 2**31 - 1


def patient_and_study(scan: Dataset) -> Dataset:
    """The elements of a scan's header that are of patient and study."""
    kept = Dataset()
    kept.update({element.tag: element for element in scan if element.keyword in PATIENT_AND_STUDY})
    return kept


def series_number(scan: Dataset) -> int:
    """The number of the series of an object made of a scan."""
    return min(int(scan.get("SeriesNumber") or 0) + _NUMBER_ABOVE, _MAX_NUMBER)


def described_as(what: str, scan: Dataset) -> str:
    """The description of such a series, such as "Segmentation of CT Body"."""
    return label_text(f"{what} {scan.get('SeriesDescription') or 'a scan'}", 0)
