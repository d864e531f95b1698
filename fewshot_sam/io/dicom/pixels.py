"""Values of DICOM frames: decoded, and through the modality transform (PS3.3 C.11.1)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, get_decoder
from pydicom.uid import UID

from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_whole
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame
from fewshot_sam.io.dicom.geometry import DicomStack
from fewshot_sam.io.limits import ReadLimits


def read_stack(frames: Sequence[DicomFrame], stack: DicomStack, limits: ReadLimits) -> np.ndarray:
    """The voxels of frames that form a volume.

    Returns:
        (I, J, K) in the order of ``stack``: int32 where every frame's values are whole numbers, else float32.

    Raises:
        ImageFormatError: a file is damaged, or compressed in a way that this program does not read.
    """
    whole = all(_is_whole(frame) for frame in frames)
    array = np.empty(stack.shape, np.int32 if whole else np.float32, order="F")
    places = {stack.order[k]: k for k in range(len(stack.order))}
    for file, numbers in _by_file(frames).items():
        stored, dataset = decode(file, limits)
        for number in numbers:
            frame = frames[number]
            array[:, :, places[number]] = _transformed(stored[frame.index], frame, dataset).T[:, ::-1]
    return array


def decode(file: DicomFile, limits: ReadLimits) -> tuple[np.ndarray, Dataset]:
    """The stored values of a file's frames, (frames, rows, columns) integer or real, and all that it holds.

    Raises:
        ImageFormatError: damaged, beyond ``limits``, or compressed in a way that this program does not read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # malformed text values; pixels are checked below
            dataset = read_whole(file.path, limits, pixel_bytes(file.header))
            _require_decoder(dataset.file_meta.get("TransferSyntaxUID"), file)
            stored = dataset.pixel_array
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise damaged(file.path) from error
    if file.frame_count == 1:
        stored = stored.reshape(-1, *stored.shape[-2:])
    if stored.shape != (file.frame_count, dataset.Rows, dataset.Columns):
        raise damaged(file.path)
    return stored, dataset


def number_in(frame: DicomFrame, keyword: str, default: float) -> float:
    """A number that may be absent or empty; of several the first.

    Raises:
        ValueError, TypeError: it is no number.
    """
    value: Any = frame.get(keyword)
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if len(value) else None
    return default if value is None or value == "" else float(value)


def _by_file(frames: Sequence[DicomFrame]) -> dict[DicomFile, list[int]]:
    """Which of the frames each file holds."""
    found: dict[DicomFile, list[int]] = {}
    for number, frame in enumerate(frames):
        found.setdefault(frame.file, []).append(number)
    return found


def _require_decoder(syntax: UID | None, file: DicomFile) -> None:
    if syntax is None or (not syntax.is_compressed and not syntax.is_private):
        return
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise ImageFormatError(
            f"The pixels of '{file.path.name}' are stored as '{syntax.name}', which this program does not "
            "read. Export the series uncompressed, or as JPEG 2000."
        )


def _transform(frame: DicomFrame) -> tuple[float, float]:
    """Slope and intercept. Where one is absent or empty it changes nothing; nor does a slope of 0."""
    return number_in(frame, "RescaleSlope", 1.0) or 1.0, number_in(frame, "RescaleIntercept", 0.0)


def _is_whole(frame: DicomFrame) -> bool:
    """Whether the modality transform takes integers to integers."""
    if frame.get("ModalityLUTSequence"):
        return False
    whole = all(value.is_integer() for value in _transform(frame))
    return whole and int(frame.get("BitsAllocated", 16)) <= 16


def _transformed(stored: np.ndarray, frame: DicomFrame, dataset: Dataset) -> np.ndarray:
    """(rows, columns) values of one frame's stored values."""
    if frame.get("ModalityLUTSequence"):
        try:
            return np.asarray(apply_modality_lut(stored, dataset))
        except Exception as error:
            raise damaged(frame.file.path) from error
    slope, intercept = _transform(frame)
    if (slope, intercept) == (1.0, 0.0):
        return stored
    return stored.astype(np.float64) * slope + intercept
