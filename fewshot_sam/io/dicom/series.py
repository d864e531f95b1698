"""DICOM series: a folder, an unpacked zip or a list of files, one frame or many frames a file.

The source grid is dcm2niix's: i along the columns, j along the rows but flipped, k along the
slice normal, ascending; so NIfTI files that dcm2niix made of the same series are on it exactly.
Values are stored values through the modality transform (HU in CT). References: DICOM PS3.3
C.7.6.2 (image plane), C.11.1 (modality LUT).
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Modality
from fewshot_sam.errors import ImageFormatError, SeriesChoice, SeriesChoiceError, UserError
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_header, read_whole
from fewshot_sam.io.dicom.geometry import DicomStack, plane_of_affine, stack_slices
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage

_NOT_AN_IMAGE = {"SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "PR", "KO", "SR", "REG"}
_MODALITIES: dict[str, Modality] = {"CT": "CT", "MR": "MR"}
_MAX_TEXT = 100
_MAX_LISTED_SERIES = 50
_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what dcm2niix writes


@dataclass(frozen=True)
class DicomFile:
    """A DICOM image file with its header (no pixels)."""

    path: Path
    header: Dataset

    @property
    def series_uid(self) -> str:
        """Series Instance UID; some anonymisers leave it empty."""
        return str(self.header.get("SeriesInstanceUID", "") or "no series UID")

    @property
    def frames(self) -> int:
        """Number of frames in the file."""
        return int(self.header.get("NumberOfFrames", 1) or 1)


def read_slices(
    files: Sequence[Path], name: str, limits: ReadLimits, series_uid: str | None = None
) -> SourceImage | None:
    """Read the one series among ``files``, or the one named; None where no file is a DICOM image.

    Raises what :func:`read_series` does.
    """
    found = find_dicom(files, limits)
    return read_series(found, name, limits, series_uid) if found else None


def find_dicom(paths: Sequence[Path], limits: ReadLimits) -> list[DicomFile]:
    """The DICOM images among ``paths``; everything else (DICOMDIR, reports, text) is passed over."""
    files = []
    for path in paths:
        header = _read_header(path, limits)
        if header is not None and _is_image(header):
            files.append(DicomFile(path, header))
    return files


def read_series(
    files: Sequence[DicomFile], name: str, limits: ReadLimits, series_uid: str | None = None
) -> SourceImage:
    """Read the one series among ``files``, or the one named.

    Raises:
        SeriesChoiceError: several series and none named, or the named one is not there.
        ImageFormatError: damaged files, colour images, or beyond ``limits``.
        GeometryError: slices missing, doubled, not parallel, or without positions.
    """
    series: dict[str, list[DicomFile]] = defaultdict(list)
    for file in files:
        series[file.series_uid].append(file)
    if series_uid is None and len(series) == 1:
        chosen = next(iter(series.values()))
    elif series_uid in series:
        chosen = series[series_uid]
    else:
        raise _ask_for_series(series, series_uid)
    return _read_chosen(chosen, name, limits)


def _ask_for_series(series: dict[str, list[DicomFile]], wanted: str | None) -> SeriesChoiceError:
    choices = [
        SeriesChoice(
            series_uid=uid,
            description=str(files[0].header.get("SeriesDescription", "") or "no description")[:_MAX_TEXT],
            modality=str(files[0].header.get("Modality", "") or "OT")[:_MAX_TEXT],
            slices=sum(file.frames for file in files),
        )
        for uid, files in series.items()
    ]
    choices.sort(key=lambda choice: -choice.slices)
    shown = choices[:_MAX_LISTED_SERIES]
    listed = "; ".join(f"{c.description} ({c.modality}, {c.slices} slices, {c.series_uid})" for c in shown)
    more = f"; and {len(choices) - len(shown)} more" if len(shown) < len(choices) else ""
    missing = f"Series {wanted} is not among the files. " if wanted else ""
    return SeriesChoiceError(
        f"{missing}The files hold {len(choices)} series, choose one: {listed}{more}.", choices
    )


def _read_chosen(files: list[DicomFile], name: str, limits: ReadLimits) -> SourceImage:
    header = files[0].header
    limits.check_shape(_stated_shape(files), name)
    _check_unpacked(files, name, limits)
    if any(int(file.header.get("SamplesPerPixel", 1) or 1) != 1 for file in files):
        raise ImageFormatError(
            "The DICOM series must hold greyscale images, got colour. Choose another series."
        )
    if any(file.frames > 1 for file in files):
        from fewshot_sam.io.dicom.multiframe import read_multiframe  # imports highdicom, a second or two

        array, affine = read_multiframe([file.path for file in files], pixel_bytes(header), limits)
    else:
        stack = stack_slices([file.header for file in files])
        array, affine = _read_slices(files, stack, limits), stack.affine
    grid = SourceGrid(
        shape=(array.shape[0], array.shape[1], array.shape[2]),
        affine=affine,
        qform_code=_GEOMETRY_CODE,
        sform_code=_GEOMETRY_CODE,
    )
    return SourceImage(
        array,
        grid,
        str(header.get("SeriesDescription", "") or name),
        modality=_MODALITIES.get(str(header.get("Modality", "")), "OT"),
        acquisition_plane=plane_of_affine(affine),
        metadata={"series_uid": files[0].series_uid, "format": "DICOM"},
    )


def _stated_shape(files: list[DicomFile]) -> tuple[int, int, int]:
    """(columns, rows, frames) of all files together, before any pixel is decoded."""
    rows, columns = (max(int(file.header[tag].value) for file in files) for tag in ("Rows", "Columns"))
    return columns, rows, sum(max(file.frames, 1) for file in files)


def _check_unpacked(files: list[DicomFile], name: str, limits: ReadLimits) -> None:
    """Check before any pixel is decoded: 300 bytes of JPEG 2000 can be 16 million pixels."""
    sent_bytes = sum(file.path.stat().st_size for file in files)
    stated_bytes = sum(pixel_bytes(file.header) for file in files)
    if stated_bytes > sent_bytes:
        limits.check_unpacked(stated_bytes, sent_bytes, name)


def _read_slices(files: list[DicomFile], stack: DicomStack, limits: ReadLimits) -> np.ndarray:
    """(I, J, K) voxels in the order of ``stack``; int32 if every slice's transform is exact, else float32."""
    whole = all(_is_whole(file.header) for file in files)
    array = np.empty(stack.shape, np.int32 if whole else np.float32, order="F")
    for k, position in enumerate(stack.order):
        file = files[position]
        array[:, :, k] = _read_pixels(file, limits).T[:, ::-1]
    return array


def _is_whole(header: Dataset) -> bool:
    """Whether the modality transform takes integers to integers."""
    if "ModalityLUTSequence" in header:
        return False
    values = [
        float(header.get(tag, default) or 0)
        for tag, default in (("RescaleSlope", 1), ("RescaleIntercept", 0))
    ]
    return all(value.is_integer() for value in values) and int(header.get("BitsAllocated", 16)) <= 16


def _read_pixels(file: DicomFile, limits: ReadLimits) -> np.ndarray:
    """(rows, columns) of one file after the modality transform."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # malformed text values; pixels are checked below
            dataset = read_whole(file.path, limits, pixel_bytes(file.header))
            pixels = apply_modality_lut(dataset.pixel_array, dataset)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise damaged(file.path) from error
    if pixels.shape != (dataset.Rows, dataset.Columns):
        raise damaged(file.path)
    return pixels


def _read_header(path: Path, limits: ReadLimits) -> Dataset | None:
    try:
        with path.open("rb") as file:
            start = file.read(132)
        plain = (
            start[:2] in (b"\x02\x00", b"\x08\x00") and start[2:4] < b"\x20\x00"
        )  # no preamble, as before 1993
        if start[128:132] != b"DICM" and not plain:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_header(path, limits, force=plain)
    except Exception as error:
        if start[128:132] == b"DICM":
            raise damaged(path) from error
        return None


def _is_image(header: Dataset) -> bool:
    if "MediaStorageSOPClassUID" in header.file_meta and header.file_meta.MediaStorageSOPClassUID.endswith(
        ".1.3.10"
    ):
        return False  # DICOMDIR
    has_size = bool(header.get("Rows")) and bool(header.get("Columns"))
    return has_size and str(header.get("Modality", "")) not in _NOT_AN_IMAGE
