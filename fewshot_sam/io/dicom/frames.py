"""The frames of a DICOM file, each with what is stated of it.

A classic file holds one frame, and its elements are the frame's. An enhanced file states most of them in
functional groups, shared by all frames or for each frame (PS3.3 C.7.6.16), even where it holds one frame
alone. Here both become the same: a frame that answers for its elements by their classic names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from fewshot_sam.errors import ImageFormatError

_POSITION_MM = 0.01
"""Positions are told apart when they differ by more."""
_CLASSIC_NAMES = {
    "EffectiveEchoTime": "EchoTime",
    "FrameType": "ImageType",
    "FrameAcquisitionNumber": "AcquisitionNumber",
    "FrameAcquisitionDateTime": "AcquisitionDateTime",
    "NominalCardiacTriggerDelayTime": "TriggerTime",
    "TemporalPositionIndex": "TemporalPositionIdentifier",
    "InversionTimes": "InversionTime",
}
"""What functional groups call otherwise than files with one frame."""
_DIRECTION = "DiffusionGradientOrientation"


@dataclass(frozen=True, eq=False)
class DicomFile:
    """A DICOM image file with its header (no pixels)."""

    path: Path
    header: Dataset

    @property
    def series_uid(self) -> str:
        """Series Instance UID; some anonymisers leave it empty."""
        return str(self.header.get("SeriesInstanceUID", "") or "no series UID")

    @property
    def frame_count(self) -> int:
        """Number of frames in the file."""
        return int(self.header.get("NumberOfFrames", 1) or 1)


@dataclass(frozen=True, eq=False)
class DicomFrame:
    """One frame.

    Attributes:
        file: where it is.
        index: its place among the file's frames, from 0.
        grouped: elements of the functional groups, by classic keyword.
    """

    file: DicomFile
    index: int
    grouped: dict[str, Any] = field(default_factory=dict)

    def get(self, keyword: str, default: Any = None) -> Any:
        """An element's value: of the frame if it is stated for the frame, else of the file."""
        if keyword in self.grouped:
            return self.grouped[keyword]
        return self.file.header.get(keyword, default)

    def numbers(self, keyword: str, count: int) -> np.ndarray | None:
        """(count,) float64 of an element; None where it does not hold so many finite numbers."""
        stated = self.get(keyword)
        many = isinstance(stated, Sequence) and not isinstance(stated, str)
        try:
            numbers = np.array([float(number) for number in (stated if many else [stated])], np.float64)
        except (TypeError, ValueError):
            return None
        return numbers if numbers.size == count and np.isfinite(numbers).all() else None

    @cached_property
    def position(self) -> tuple[int, ...] | None:
        """Where it lies, in steps too small to matter; None where it does not state it."""
        numbers = self.numbers("ImagePositionPatient", 3)
        return None if numbers is None else tuple(np.rint(numbers / _POSITION_MM).astype(int).tolist())


def frames_of(file: DicomFile) -> list[DicomFrame]:
    """The frames in stored order.

    Raises:
        ImageFormatError: several frames of which nothing is stated one by one, as in an ultrasound film.
    """
    header = file.header
    shared = first_item(header.get("SharedFunctionalGroupsSequence"))
    each = header.get("PerFrameFunctionalGroupsSequence") or []
    if file.frame_count == 1 and not shared and not each:
        return [DicomFrame(file, 0)]
    common = dict(_elements(shared)) if shared else {}
    if file.frame_count == 1 and not each:
        return [DicomFrame(file, 0, common)]
    if len(each) != file.frame_count:
        raise ImageFormatError(
            f"'{file.path.name}' is a multi-frame DICOM file of a kind this program does not read: it states "
            "no positions of its frames. Export the scan as single-frame slices or NIfTI."
        )
    return [DicomFrame(file, index, {**common, **dict(_elements(group))}) for index, group in enumerate(each)]


def _elements(group: Dataset) -> Iterator[tuple[str, Any]]:
    """The elements in the macros of a functional group, with classic keywords.

    Private macros are no part of it: Philips repeats elements there as its scanners had them before.
    """
    for macro in group:
        inside = first_item(macro.value) if macro.VR == "SQ" and not macro.tag.is_private else None
        for element in inside or ():
            if element.keyword == "DiffusionGradientDirectionSequence":
                yield _DIRECTION, getattr(first_item(element.value), _DIRECTION, None)
            elif element.keyword and element.VR != "SQ":
                yield _CLASSIC_NAMES.get(element.keyword, element.keyword), element.value


def first_item(sequence: Any) -> Dataset | None:
    """Of a sequence element's value; None where it is absent or empty."""
    return sequence[0] if sequence else None
