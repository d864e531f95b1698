"""DICOM files that hold no slices of a scan: what they are, and what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    MediaStorageDirectoryStorage,
    RTDoseStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    SurfaceSegmentationStorage,
)

from fewshot_sam.data.text import printable
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.frames import DicomFile

_LABEL_MAP_SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Label Map Segmentation Storage, of DICOM 2024c, which pydicom does not know by name."""
_ABOUT_A_SCAN = {
    "SEG": "a segmentation (SEG)",
    "RTSTRUCT": "a structure set (RTSTRUCT)",
    "RTDOSE": "a dose distribution (RTDOSE)",
    "RTPLAN": "a treatment plan (RTPLAN)",
    "RTRECORD": "a treatment record (RTRECORD)",
    "PR": "a presentation state (PR)",
    "KO": "a selection of key images (KO)",
    "SR": "a report (SR)",
    "REG": "a registration (REG)",
    "FID": "fiducials (FID)",
    "RWV": "a value mapping (RWV)",
    "DOC": "a document (DOC)",
    "PLAN": "a plan (PLAN)",
    "ECG": "a waveform (ECG)",
}
"""By modality (PS3.3 C.7.3.1.1.1)."""
_LABELS = {"SEG", "RTSTRUCT"}
_BY_CLASS = {
    SegmentationStorage: "SEG",
    _LABEL_MAP_SEGMENTATION: "SEG",
    SurfaceSegmentationStorage: "SEG",
    RTStructureSetStorage: "RTSTRUCT",
    RTDoseStorage: "RTDOSE",
}


def is_slice(header: Dataset) -> bool:
    """Whether the file may hold slices of a scan."""
    if is_directory(header) or kind_of(header) in _ABOUT_A_SCAN:
        return False
    return bool(header.get("Rows")) and bool(header.get("Columns"))


def is_directory(header: Dataset) -> bool:
    """Whether the file is the list of files of a disc (DICOMDIR)."""
    return str(header.file_meta.get("MediaStorageSOPClassUID", "")) == MediaStorageDirectoryStorage


def modality_of(header: Dataset) -> str:
    """What the file says; empty where it does not."""
    return str(header.get("Modality", "") or "")


def description_of(header: Dataset) -> str:
    """The series' description, printable; a backslash, which DICOM takes to part two texts, as a slash."""
    stated = header.get("SeriesDescription") or ""
    return printable(stated if isinstance(stated, str) else "/".join(map(str, stated))).strip()


def kind_of(header: Dataset) -> str:
    """The modality, also of segmentations and doses that state another one."""
    return _BY_CLASS.get(UID(header.get("SOPClassUID", "") or ""), modality_of(header))


def describe(header: Dataset) -> str:
    """What a file that holds no slices is, in words."""
    modality = kind_of(header)
    kind = str(getattr(header.get("SOPClassUID"), "name", "") or "")
    if modality not in _ABOUT_A_SCAN and "Encapsulated" in kind:
        return "a document"
    return _ABOUT_A_SCAN.get(modality, "DICOM data without an image")


def no_scan(others: Sequence[Dataset], name: str) -> ImageFormatError:
    """The error where DICOM files were given, and none holds slices of a scan."""
    kinds = sorted({describe(header) for header in others})
    found = {kind_of(header) for header in others}
    message = (
        f"'{name}' holds {' and '.join(kinds)}, which belongs to a scan but is none. Open the scan itself."
    )
    if found & _LABELS:
        message += " Then import this as its label map."
    return ImageFormatError(message)


def require_readable(files: Sequence[DicomFile]) -> None:
    """Check that the files of a series are grey slices.

    Raises:
        ImageFormatError: colour, or all slices of a volume in one picture (Siemens MOSAIC).
    """
    for file in files:
        header = file.header
        shown = str(header.get("PhotometricInterpretation", "") or "")
        if int(header.get("SamplesPerPixel", 1) or 1) != 1 or (shown and not shown.startswith("MONOCHROME")):
            raise ImageFormatError(
                "The DICOM series must hold greyscale images, got colour "
                f"({shown or 'several samples a pixel'}). Choose another series."
            )
        if is_mosaic(header):
            raise ImageFormatError(
                f"'{file.path.name}' is a Siemens mosaic: all slices of a volume side by side in one "
                "picture, which this program does not take apart. Convert the series to NIfTI, for instance "
                "with dcm2niix."
            )


def is_mosaic(header: Dataset) -> bool:
    """Whether a file is a Siemens MOSAIC, by its image type or, where that is gone, by private elements."""
    if "MOSAIC" in [str(part) for part in header.get("ImageType") or ()]:
        return True
    tiles = _private(header, 0x0019, "SIEMENS MR HEADER", 0x0A)
    if tiles is not None:
        return int(tiles or 0) > 1
    return _tiles_in_csa(_private(header, 0x0029, "SIEMENS CSA HEADER", 0x10)) > 1


def _private(header: Dataset, group: int, creator: str, element: int) -> Any:
    try:
        block = header.private_block(group, creator)
    except KeyError:
        return None
    return block[element].value if element in block else None


def _tiles_in_csa(content: Any) -> int:
    """The number of images in a mosaic that Siemens' own header states; 0 where it states none.

    An entry is a name in 64 bytes, three numbers, the count of items, a mark, and items behind their lengths.
    """
    at = content.find(b"NumberOfImagesInMosaic\0") if isinstance(content, bytes) else -1
    if at < 0 or content[at + 76 : at + 80] == bytes(4):
        return 0
    stated = content[at + 100 : at + 112].split(b"\0")[0].strip()
    return int(stated) if stated.isdigit() else 0
