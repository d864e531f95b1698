"""What objects made of a scan have in common: patient, study, author, and how their series is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from pydicom.dataset import Dataset

from fewshot_sam.data.volume import Volume
from fewshot_sam.io.dicom.segments import Segment, label_text
from fewshot_sam.io.dicom.source_headers import PATIENT_AND_STUDY, SourceHeaders, elements_of

UTF_8 = "ISO_IR 192"
"""Specific Character Set: names may be in any script."""
_NUMBER_ABOVE = 100
"""The series is numbered so much above its scan's: people tell series of a study by it."""
_MAX_NUMBER = 2**31 - 1


class ObjectMaker(Protocol):
    """Makes an object of a label map: :func:`segmentation` and :func:`structure_set`."""

    def __call__(
        self,
        label_map: np.ndarray,
        volume: Volume,
        headers: SourceHeaders,
        segments: Sequence[Segment],
        *,
        author: str | None = None,
    ) -> Dataset:
        """The object, ready to be written; ``label_map`` is canonical (X, Y, Z), integers.

        Raises:
            ImageFormatError, GeometryError: it cannot be made of this label map and these headers.
        """


def person_name(author: str | None) -> str:
    """A person's name as DICOM may hold it; empty for nobody."""
    return label_text(author.replace("^", " "), 0) if author else ""


def patient_and_study(scan: Dataset) -> Dataset:
    """The elements of a scan's header that are of patient and study."""
    return elements_of(scan, PATIENT_AND_STUDY)


def series_number(scan: Dataset) -> int:
    """The number of the series of an object made of a scan."""
    return min(int(scan.get("SeriesNumber") or 0) + _NUMBER_ABOVE, _MAX_NUMBER)


def described_as(what: str, scan: Dataset) -> str:
    """The description of such a series, such as "Segmentation of CT Body"."""
    return label_text(f"{what} {scan.get('SeriesDescription') or 'a scan'}", 0)
