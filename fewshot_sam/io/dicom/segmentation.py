"""Label maps as DICOM segmentations (PS3.3 A.51, and Supplement 243: label map storage), by highdicom.

Written on the frames of the files that the volume came from, each of which is referenced; patient and study
are theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import highdicom as hd
import numpy as np
from highdicom.seg import Segmentation
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless

from fewshot_sam import __version__
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.geometry import LPS_TO_RAS
from fewshot_sam.io.dicom.segments import PROGRAM, Segment, described
from fewshot_sam.io.dicom.series_of_scan import UTF_8, described_as, person_name, series_number
from fewshot_sam.io.dicom.source_headers import SourceHeaders, completed
from fewshot_sam.io.dicom.source_slices import on_source_slices, pixel_axes

_MAX_PLAIN_BYTES = 32 * 2**20
"""Binary segmentations larger than this are deflated, to a hundredth; some archives take none such."""


class SegmentationKind(StrEnum):
    """How segments are stored."""

    BINARY = "binary"
    """A bit for each pixel and segment, which every program reads; empty frames are left out."""
    LABEL_MAP = "label_map"
    """For each pixel the number of its segment (DICOM 2024c): smaller, and read by few programs so far."""


def segmentation(
    label_map: np.ndarray,
    volume: Volume,
    headers: SourceHeaders,
    segments: Sequence[Segment],
    kind: SegmentationKind = SegmentationKind.BINARY,
    *,
    author: str | None = None,
    compress: bool | None = None,
) -> Dataset:
    """A label map as a DICOM segmentation, ready to be written.

    Args:
        label_map: canonical (X, Y, Z), integers from 0 to 65535.
        volume: the volume that was labelled.
        headers: of the files that it came from.
        segments: one for each code of ``label_map``, and as many more as should be named; ascending by code.
            They are numbered from 1 in binary segmentations, and keep their codes in label maps.
        author: who made it, as a person's name.
        compress: deflate a binary segmentation; None: if it is large. Label maps are always compressed (RLE).

    Returns:
        The data set, with the transfer syntax that it is to be written in; ``save_as`` writes it.

    Raises:
        ImageFormatError: nothing is labelled, or a code is of no segment.
        GeometryError: the files are of another scan than the volume.
    """
    files = completed(headers)
    numbers = _numbers(segments, kind)
    lookup = _lookup(label_map, segments, numbers)
    placed = lookup[on_source_slices(label_map, volume, headers.frames)]
    is_label_map = kind is SegmentationKind.LABEL_MAP
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # texts of scanners that the standard does not allow
        made = Segmentation(
            **_on_sources(placed, files, headers),
            **_as_series(files[0]),
            segmentation_type="LABELMAP" if is_label_map else "BINARY",
            segment_descriptions=[described(s, number) for number, s in zip(numbers, segments, strict=True)],
            content_label="SEGMENTATION",
            content_description=f"Made with {PROGRAM}, for research use",
            content_creator_name=person_name(author) or None,
            transfer_syntax_uid=RLELossless if is_label_map else ExplicitVRLittleEndian,
        )
    is_large = len(made.PixelData) > _MAX_PLAIN_BYTES
    if not is_label_map and (is_large if compress is None else compress):
        made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return made


def _numbers(segments: Sequence[Segment], kind: SegmentationKind) -> list[int]:
    if kind is SegmentationKind.LABEL_MAP:
        return [segment.code for segment in segments]
    return list(range(1, len(segments) + 1))


def _lookup(label_map: np.ndarray, segments: Sequence[Segment], numbers: Sequence[int]) -> np.ndarray:
    """From codes to numbers of segments. Raises ImageFormatError where that cannot be."""
    held = np.unique(label_map)
    missing = sorted(set(held.tolist()) - {0} - {segment.code for segment in segments})
    if missing:
        raise ImageFormatError(f"Each code of the mask must have a name, but {missing[0]} has none.")
    if not held.any():
        raise ImageFormatError("The mask must hold at least one label, but every voxel is 0.")
    highest = max(int(held.max()), *(segment.code for segment in segments))
    lookup = np.zeros(highest + 1, np.min_scalar_type(max(numbers)))
    lookup[[segment.code for segment in segments]] = numbers
    return lookup


def _as_series(scan: Dataset) -> dict[str, Any]:
    """What highdicom is given of the series and of what made it, by the header of a file of the scan."""
    return {
        "series_instance_uid": hd.UID(),
        "series_number": series_number(scan),
        "series_description": described_as("Segmentation of", scan),
        "sop_instance_uid": hd.UID(),
        "instance_number": 1,
        "manufacturer": PROGRAM,
        "manufacturer_model_name": PROGRAM,
        "software_versions": __version__,
        "device_serial_number": "1",
        "specific_character_set": UTF_8,
    }


def _on_sources(placed: np.ndarray, files: list[Dataset], headers: SourceHeaders) -> dict[str, Any]:
    """What highdicom is given: the source images and the (frames, rows, columns) numbers on them."""
    if not headers.is_enhanced:
        return {"source_images": [files[file] for file, _ in headers.places], "pixel_array": placed}
    if len(files) == 1:
        numbers = np.zeros((int(files[0].NumberOfFrames), *placed.shape[1:]), placed.dtype)
        numbers[[frame for _, frame in headers.places]] = placed
        return {"source_images": files, "pixel_array": numbers}
    # Of several such files it refers to one frame by frame, and to the others as a whole.
    return {
        "source_images": files[:1],
        "further_source_images": files[1:],
        "pixel_array": _in_space(placed, files[0].FrameOfReferenceUID, headers),
    }


def _in_space(placed: np.ndarray, frame_of_reference: str, headers: SourceHeaders) -> hd.Volume:
    """Numbers on frames as a volume, slice by slice in the order of the frames."""
    axes = [pixel_axes(frame) for frame in headers.frames]
    origin, by_column, by_row = axes[0]
    if len(axes) > 1:
        by_slice = (axes[-1][0] - origin) / (len(axes) - 1)
    else:
        normal = np.cross(by_column[:3], by_row[:3])
        thickness_mm = float(headers.frames[0].get("SliceThickness") or 1.0)
        by_slice = np.array([*(normal / np.linalg.norm(normal) * thickness_mm), 0.0])
    affine = LPS_TO_RAS @ np.stack([by_slice, by_row, by_column, origin], axis=1)  # its own inverse
    return hd.Volume(placed, affine, "PATIENT", frame_of_reference)
