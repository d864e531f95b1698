"""Copies of an instance: archives and discs hold the same slice twice, under other names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from fewshot_sam.io.dicom.attributes import ALWAYS, SOMETIMES
from fewshot_sam.io.dicom.file import pixel_bytes, read_whole
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame
from fewshot_sam.io.limits import ReadLimits


def without_copies(files: Sequence[DicomFile], limits: ReadLimits) -> list[DicomFile]:
    """The files, in their order, without those that hold the same pixels at the same place as an earlier one.

    Copies have one UID or, where programs gave them new ones, all else in common that tells slices apart.

    Raises:
        ImageFormatError: a file that may be a copy is damaged.
    """
    left_out: set[DicomFile] = set()
    for key, stated in ((_instance, _position), (_place, _all_stated)):
        alike: dict[Hashable, list[DicomFile]] = defaultdict(list)
        for file in files:
            if file not in left_out and (found := key(file)) is not None:
                alike[found].append(file)
        for group in alike.values():
            left_out.update(_copies(group, stated, limits) if len(group) > 1 else ())
    return [file for file in files if file not in left_out]


def _instance(file: DicomFile) -> Hashable | None:
    return str(file.header.get("SOPInstanceUID", "") or "") or None


def _place(file: DicomFile) -> Hashable | None:
    """Where its slice lies, and the slice's number; None where its header places none."""
    frame = DicomFrame(file, 0)
    number = frame.numbers("InstanceNumber", 1)
    return frame.position and (frame.position, None if number is None else float(number[0]))


def _position(file: DicomFile) -> Hashable:
    return DicomFrame(file, 0).position


def _all_stated(file: DicomFile) -> Hashable:
    """All that may tell two volumes apart."""
    frame = DicomFrame(file, 0)
    return tuple(attribute.value(frame) for attribute in (*ALWAYS, *SOMETIMES))


def _copies(
    group: Sequence[DicomFile], stated: Callable[[DicomFile], Hashable], limits: ReadLimits
) -> list[DicomFile]:
    """Those files of the group that state the same as an earlier one and have its stored pixels."""
    seen: list[tuple[Hashable, bytes]] = []
    copies = []
    for file in group:
        pixels = bytes(read_whole(file.path, limits, pixel_bytes(file.header)).get("PixelData") or b"")
        if (held := (stated(file), pixels)) in seen:
            copies.append(file)
        else:
            seen.append(held)
    return copies
