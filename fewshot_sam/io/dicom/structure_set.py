"""Label maps as DICOM RT Structure Sets (PS3.3 A.19): closed planar contours on the slices of the scan.

Contours run halfway between the pixels inside and outside of a structure. Holes are contours of their own
within it, as an odd number of contours around a point means inside (CLOSEDPLANAR_XOR in later standards).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid
from pydicom.valuerep import format_number_as_ds

from fewshot_sam import __version__
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.contours import contours_of
from fewshot_sam.io.dicom.frames import DicomFrame
from fewshot_sam.io.dicom.geometry import LPS_TO_RAS
from fewshot_sam.io.dicom.segments import PROGRAM, Segment, label_text
from fewshot_sam.io.dicom.series_of_scan import (
    UTF_8,
    described_as,
    patient_and_study,
    person_name,
    series_number,
)
from fewshot_sam.io.dicom.source_headers import SourceHeaders, completed
from fewshot_sam.io.dicom.source_slices import on_source_slices, pixel_axes

_STUDY_COMPONENT = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management, retired, which the attribute names still."""
_MAX_POINTS = 10_000_000
_ROUNDED_MM = 6
"""Decimals of coordinates: a nanometre, in the 16 characters that a number may have."""


def structure_set(
    label_map: np.ndarray,
    volume: Volume,
    headers: SourceHeaders,
    segments: Sequence[Segment],
    *,
    author: str | None = None,
) -> FileDataset:
    """A label map as a structure set, ready to be written.

    Args:
        label_map: canonical (X, Y, Z), integers from 0 to 65535.
        volume: the volume that was labelled.
        headers: of the files that it came from.
        segments: one for each code of ``label_map``, numbered from 1 in their order.
        author: who made it, as a person's name.

    Raises:
        ImageFormatError: nothing is labelled, or outlines have more than ten million points.
        GeometryError: the files are of another scan than the volume.
    """
    if not label_map.any():
        raise ImageFormatError("The mask must hold at least one label, but every voxel is 0.")
    files = completed(headers)
    frames = headers.frames
    placed = on_source_slices(label_map, volume, frames)
    instances = [
        _instance(files[file], frame) for (file, _), frame in zip(headers.places, frames, strict=True)
    ]
    made = _opened(files[0], instances, author)
    points = 0
    for number, segment in enumerate(segments, start=1):
        contours = list(_contours(placed == segment.code, frames, instances))
        points += sum(item.NumberOfContourPoints for item in contours)
        if points > _MAX_POINTS:
            raise ImageFormatError(
                f"The outlines of the labels must have at most {_MAX_POINTS} points together, got more. "
                "Export fewer labels, or a DICOM segmentation."
            )
        _add_structure(made, number, segment, contours, author)
    return made


def _opened(scan: Dataset, instances: Sequence[Dataset], author: str | None) -> FileDataset:
    """A structure set without structures."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    made.SpecificCharacterSet = UTF_8
    made.update(patient_and_study(scan))
    now = datetime.now()
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.InstanceCreationDate = made.SeriesDate = made.StructureSetDate = now.strftime("%Y%m%d")
    made.InstanceCreationTime = made.SeriesTime = made.StructureSetTime = now.strftime("%H%M%S")
    made.Modality, made.SeriesInstanceUID = "RTSTRUCT", generate_uid()
    made.SeriesNumber, made.InstanceNumber = series_number(scan), 1
    made.SeriesDescription = described_as("Structures of", scan)
    made.OperatorsName = person_name(author)
    made.Manufacturer = made.ManufacturerModelName = PROGRAM
    made.SoftwareVersions = __version__
    made.StructureSetLabel = PROGRAM
    made.StructureSetDescription = f"Made with {PROGRAM}, for research use"
    made.ApprovalStatus = "UNAPPROVED"
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = scan.FrameOfReferenceUID, ""
    made.ReferencedFrameOfReferenceSequence = [_frame_of_reference(scan, instances)]
    made.StructureSetROISequence, made.ROIContourSequence = [], []
    made.RTROIObservationsSequence = []
    return made


def _frame_of_reference(scan: Dataset, instances: Sequence[Dataset]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = scan.SeriesInstanceUID
    series.ContourImageSequence = list(instances)
    study = Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = _STUDY_COMPONENT, scan.StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    reference = Dataset()
    reference.FrameOfReferenceUID = scan.FrameOfReferenceUID
    reference.RTReferencedStudySequence = [study]
    return reference


def _add_structure(
    made: Dataset, number: int, segment: Segment, contours: list[Dataset], author: str | None
) -> None:
    """The three items of a structure: what it is called, where it is, and what is said of it."""
    name = label_text(segment.name, segment.code)
    roi = Dataset()
    roi.ROINumber, roi.ROIName = number, name
    roi.ReferencedFrameOfReferenceUID = made.FrameOfReferenceUID
    roi.ROIGenerationAlgorithm = segment.algorithm
    made.StructureSetROISequence.append(roi)
    outline = Dataset()
    outline.ReferencedROINumber = number
    if segment.color:
        outline.ROIDisplayColor = list(bytes.fromhex(segment.color[1:]))
    if contours:
        outline.ContourSequence = contours
    made.ROIContourSequence.append(outline)
    observed = Dataset()
    observed.ObservationNumber = observed.ReferencedROINumber = number
    observed.RTROIInterpretedType, observed.ROIInterpreter = "", person_name(author)
    if segment.term is not None:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator = segment.term.type.value, segment.term.type.scheme
        code.CodeMeaning = segment.term.type.meaning
        observed.RTROIIdentificationCodeSequence = [code]
    made.RTROIObservationsSequence.append(observed)


def _contours(
    masks: np.ndarray, frames: Sequence[DicomFrame], instances: Sequence[Dataset]
) -> Iterator[Dataset]:
    """The contours of a structure's (frames, rows, columns) mask, slice by slice."""
    for mask, frame, instance in zip(masks, frames, instances, strict=True):
        if not mask.any():
            continue
        origin, by_column, by_row = ((LPS_TO_RAS @ axis)[:3] for axis in pixel_axes(frame))
        for polygon in contours_of(mask):
            places = origin + polygon[:, :1] * by_row + polygon[:, 1:] * by_column
            item = Dataset()
            item.ContourImageSequence = [instance]
            item.ContourGeometricType = "CLOSED_PLANAR"
            item.NumberOfContourPoints = len(polygon)
            item.ContourData = [_decimal(each) for each in places.ravel()]
            yield item


def _instance(file: Dataset, frame: DicomFrame) -> Dataset:
    """A reference to a frame of a file."""
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = (
        file.SOPClassUID,
        file.SOPInstanceUID,
    )
    if frame.file.frame_count > 1:
        reference.ReferencedFrameNumber = frame.index + 1
    return reference


def _decimal(number: float) -> str:
    return format_number_as_ds(round(float(number), _ROUNDED_MM) + 0.0)
