"""DICOM files that hold no slices of a scan: what they are, and what to do instead."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.frames import DicomFile

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
_MASKS = {"SEG", "RTSTRUCT"}


def is_slice(header: Dataset) -> bool:
    """Whether the file may hold slices of a scan."""
    if is_directory(header) or modality_of(header) in _ABOUT_A_SCAN:
        return False
    return bool(header.get("Rows")) and bool(header.get("Columns"))


def is_directory(header: Dataset) -> bool:
    """Whether the file is the list of files of a disc (DICOMDIR)."""
    return str(header.file_meta.get("MediaStorageSOPClassUID", "")) == MediaStorageDirectoryStorage


def modality_of(header: Dataset) -> str:
    """What the file says; empty where it does not."""
    return str(header.get("Modality", "") or "")


def describe(header: Dataset) -> str:
    """What a file that holds no slices is, in words."""
    modality = modality_of(header)
    kind = str(getattr(header.get("SOPClassUID"), "name", "") or "")
    if modality not in _ABOUT_A_SCAN and "Encapsulated" in kind:
        return "a document"
    return _ABOUT_A_SCAN.get(modality, "DICOM data without an image")


def no_scan(others: Sequence[Dataset], name: str) -> ImageFormatError:
    """The error where DICOM files were given, and none holds slices of a scan."""
    kinds = sorted({describe(header) for header in others})
    masks = _MASKS & {modality_of(header) for header in others}
    message = (
        f"'{name}' holds {' and '.join(kinds)}, which belongs to a scan but is none. Open the scan itself."
    )
    if masks:
        message += " Masks of other programs can be imported as NIfTI, NRRD or MetaImage label maps."
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
    """Whether a file is a Siemens MOSAIC, by its image type or, where that is gone, by a private element."""
    if "MOSAIC" in [str(part) for part in header.get("ImageType") or ()]:
        return True
    try:
        block = header.private_block(0x0019, "SIEMENS MR HEADER")
    except KeyError:
        return False
    return 0x0A in block and int(block[0x0A].value or 0) > 1
