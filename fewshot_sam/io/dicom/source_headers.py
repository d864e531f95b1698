"""The headers of the DICOM files that a volume came from: what objects made of it must state of them.

A segmentation that goes back into an archive names the patient, the study and each source instance. Kept are
the elements of those modules and the position of each frame, nothing else of a header and no pixels.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame, frames_of

MAX_PACKED_BYTES = 8 * 2**20
MAX_UNPACKED_BYTES = 32 * 2**20
"""Of :meth:`SourceHeaders.to_bytes`: 20 slices of a CT take 1 KiB, and 31 KiB unpacked."""

_PATIENT = (
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "OtherPatientIDs"),
    *("PatientComments", "EthnicGroup", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("PatientAge", "PatientSize", "PatientWeight", "PatientBreedDescription", "PatientSpeciesDescription"),
)
_STUDY = (
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber"),
    *("ReferringPhysicianName", "ClinicalTrialSponsorName", "ClinicalTrialProtocolID"),
    *("ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName", "ClinicalTrialSubjectID"),
    *("ClinicalTrialSubjectReadingID", "ClinicalTrialTimePointID", "ClinicalTrialTimePointDescription"),
)
_SERIES = (
    *("SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "Modality", "BodyPartExamined", "Laterality"),
    *("PatientPosition", "FrameOfReferenceUID", "PositionReferenceIndicator", "SpecificCharacterSet"),
    *("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "InstitutionName"),
)
_IMAGE = (
    *("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "ImageType", "AcquisitionNumber"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("SpacingBetweenSlices", "Rows", "Columns", "NumberOfFrames"),
    *("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
)
PATIENT_AND_STUDY = frozenset((*_PATIENT, *_STUDY))
KEPT = frozenset((*_PATIENT, *_STUDY, *_SERIES, *_IMAGE))
"""Keywords of the elements that are kept of a header."""
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_MAY_BE_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber"),
    *("StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName"),
)
_PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_MACROS = ("PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence")
_NO_FILE = Path("header")


@dataclass(frozen=True, eq=False)
class SourceHeaders:
    """The headers of a volume's files, and which frame each of its slices is.

    Attributes:
        files: each file's once: the elements of :data:`KEPT`, and of enhanced files the place of each frame.
        places: for each slice, ascending along the slice normal, the number of its file and of its frame.
    """

    files: tuple[Dataset, ...]
    places: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, frames: Iterable[DicomFrame]) -> SourceHeaders:
        """Of frames in the order of the volume's slices."""
        listed = list(frames)
        numbers = {file: number for number, file in enumerate(dict.fromkeys(frame.file for frame in listed))}
        places = tuple((numbers[frame.file], frame.index) for frame in listed)
        return cls(tuple(_kept(file.header) for file in numbers), places)

    @cached_property
    def frames(self) -> Sequence[DicomFrame]:
        """The frames in the order of the volume's slices."""
        of_file = [frames_of(DicomFile(_NO_FILE, header)) for header in self.files]
        return [of_file[file][frame] for file, frame in self.places]

    @property
    def is_enhanced(self) -> bool:
        """Whether files hold many frames each, or may."""
        return any(group in header for header in self.files for group in _GROUPS)

    def to_bytes(self) -> bytes:
        """Packed, as it is stored beside a volume; :meth:`from_bytes` is the inverse."""
        content = {"files": [header.to_json_dict() for header in self.files], "places": self.places}
        return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 6)

    @classmethod
    def from_bytes(cls, packed: bytes) -> SourceHeaders:
        """From what a reader of files from outside wrote: taken for what it is, however it was made.

        Raises:
            ImageFormatError: it is not of :meth:`to_bytes`'s form, or too large.
        """
        try:
            unpacker = zlib.decompressobj()
            content = json.loads(unpacker.decompress(packed, MAX_UNPACKED_BYTES))
            files = tuple(_kept(Dataset.from_json(each)) for each in content["files"])
            places = tuple((int(file), int(frame)) for file, frame in content["places"])
            headers = cls(files, places)
            if min(map(min, places)) < 0 or not headers.frames:
                raise ValueError("no such frame")
        except Exception as error:  # pydicom raises nearly anything
            raise ImageFormatError(
                "What is stored of the volume's DICOM files is damaged. Import the scan again."
            ) from error
        return headers


def completed(headers: SourceHeaders) -> list[Dataset]:
    """The files' headers with all that objects made of them must state.

    What may be empty is. UIDs that anonymisers took are made from what is there, the same each time.

    Raises:
        ImageFormatError: a file does not say which instance it is.
    """
    files = [_copy(header) for header in headers.files]
    if not all(file.get("SOPClassUID") and file.get("SOPInstanceUID") for file in files):
        raise ImageFormatError(
            "Each DICOM file of the scan must state its SOP Instance UID, by which what goes back into an "
            "archive names it, but at least one does not. Export the mask as NIfTI."
        )
    instances = [str(file.SOPInstanceUID) for file in files]
    for keyword in missing_uids(headers):
        made = generate_uid(entropy_srcs=[keyword, *instances])
        for file in files:
            file.add_new(keyword, "UI", made)  # setting the attribute would change the headers too
    for file in files:
        for keyword in _MAY_BE_EMPTY:
            file.setdefault(keyword, None)
        described = DicomFile(_NO_FILE, file)
        if described.frame_count == 1:
            _state_place(file, frames_of(described)[0])
    return files


def _state_place(file: Dataset, frame: DicomFrame) -> None:
    """State where the one frame of a file lies as classic files do, also where it is in functional groups."""
    for keyword in _PLACE:
        if keyword not in file and frame.get(keyword) is not None:
            setattr(file, keyword, frame.get(keyword))


def elements_of(header: Dataset, keywords: Iterable[str]) -> Dataset:
    """Those of a header's elements that have these keywords, in the order of tags; no others are parsed."""
    found = Dataset()
    for tag in sorted(filter(None, map(tag_for_keyword, keywords))):
        if tag in header:
            found.add(header[tag])
    return found


def _copy(header: Dataset) -> Dataset:
    copied = Dataset()  # Dataset(header) would share its elements
    copied.update(header)
    return copied


def missing_uids(headers: SourceHeaders) -> list[str]:
    """Keywords of the UIDs that the scan as a whole must state, and does not."""
    return [keyword for keyword in _UIDS if not headers.files[0].get(keyword)]


def _kept(header: Dataset) -> Dataset:
    """The elements that are kept; where anonymisers took an instance's UIDs, those of the file's head."""
    kept = elements_of(header, KEPT)
    meta: Any = getattr(header, "file_meta", None) or {}
    for keyword, in_meta in (
        ("SOPClassUID", "MediaStorageSOPClassUID"),
        ("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
    ):
        if not kept.get(keyword) and meta.get(in_meta):
            setattr(kept, keyword, UID(str(meta.get(in_meta))))
    for keyword in _GROUPS:
        if header.get(keyword):
            setattr(kept, keyword, [_places_in(group) for group in header.get(keyword)])
    return kept


def _places_in(group: Dataset) -> Dataset:
    placed = Dataset()
    for keyword in _MACROS:
        if group.get(keyword):
            setattr(placed, keyword, group.get(keyword))
    return placed
