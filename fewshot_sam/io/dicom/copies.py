"""Copies of an instance: archives and discs hold the same slice twice, under other names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from fewshot_sam.io.dicom.attributes import ALWAYS, SOMETIMES
from fewshot_sam.io.dicom.file import pixel_bytes, read_whole
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame
from fewshot_sam.io.limits import ReadLimits


def without_copies(files: Sequence[DicomFile], limits: ReadLimits) -> list[DicomFile]:
    """The files, in their order, without those that hold the same pixels at the same place as an earlier one.

    Raises:
        ImageFormatError: a file that may be a copy is damaged.
    """
    alike: dict[Hashable, list[DicomFile]] = defaultdict(list)
    for file in files:
        alike[_identity(file)].append(file)
    left_out = {copy for group in alike.values() if len(group) > 1 for copy in _copies(group, limits)}
    return [file for file in files if file not in left_out]


def _identity(file: DicomFile) -> Hashable:
    """The same for copies: the instance's UID or, where that was emptied, all that may tell files apart."""
    uid = str(file.header.get("SOPInstanceUID", "") or "")
    if uid:
        return uid
    frame = DicomFrame(file, 0)
    position = frame.numbers("ImagePositionPatient", 3)
    stated = [attribute.value(frame) for attribute in (*ALWAYS, *SOMETIMES)]
    return (None if position is None else tuple(position.tolist()), *stated)


def _copies(group: Sequence[DicomFile], limits: ReadLimits) -> list[DicomFile]:
    """Those files of the group whose stored pixels an earlier one has, too."""
    seen: list[bytes] = []
    copies = []
    for file in group:
        pixels = bytes(read_whole(file.path, limits, pixel_bytes(file.header)).get("PixelData") or b"")
        if pixels in seen:
            copies.append(file)
        else:
            seen.append(pixels)
    return copies
