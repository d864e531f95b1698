"""Values of DICOM frames: decoded, and through the modality transform (PS3.3 C.11.1)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder
from pydicom.uid import UID, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_whole
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame
from fewshot_sam.io.dicom.geometry import DicomStack
from fewshot_sam.io.halving import read_halved
from fewshot_sam.io.limits import ReadLimits

_DEFAULTS = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "PixelRepresentation": 0}

_KEEP_HIGH_BITS = (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes)


def read_stack(
    frames: Sequence[DicomFrame], stack: DicomStack, limits: ReadLimits, *, halved: bool = False
) -> np.ndarray:
    """The voxels of frames that form a volume.

    Args:
        halved: at half resolution, of files that hold a frame each.

    Returns:
        (I, J, K) in the order of ``stack``: int32 where every frame's values are whole numbers, else float32.

    Raises:
        ImageFormatError: a file is damaged, or compressed in a way that this program does not read.
    """
    whole = all(_is_whole(frame) for frame in frames)
    dtype = np.dtype(np.int32 if whole else np.float32)
    if halved:
        ascending = iter(frames[number] for number in stack.order)
        return read_halved(stack.shape, dtype, limits, lambda: _only_slice(next(ascending), limits))
    array = np.empty(stack.shape, dtype, order="F")
    places = {stack.order[k]: k for k in range(len(stack.order))}
    for file, numbers in _by_file(frames).items():
        stored = decode(file, limits)
        for number in numbers:
            frame = frames[number]
            array[:, :, places[number]] = apply_modality_transform(stored[frame.index], frame).T[:, ::-1]
    return array


def _only_slice(frame: DicomFrame, limits: ReadLimits) -> np.ndarray:
    """(I, J) values of the one frame of its file, as they are in a volume."""
    return apply_modality_transform(decode(frame.file, limits)[0], frame).T[:, ::-1]


def decode(file: DicomFile, limits: ReadLimits) -> np.ndarray:
    """The stored values of a file's frames, (frames, rows, columns) integer or real.

    Raises:
        ImageFormatError: damaged, beyond ``limits``, or compressed in a way that this program does not read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # malformed text values; pixels are checked below
            dataset = read_whole(file.path, limits, pixel_bytes(file.header))
            _require_decoder(dataset.file_meta.get("TransferSyntaxUID"), file)
            _require_whole_bytes(file)
            _state_defaults(dataset)
            stored = _stored_bits(dataset.pixel_array, dataset)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise damaged(file.path) from error
    if file.frame_count == 1:
        stored = stored.reshape(-1, *stored.shape[-2:])
    if stored.shape != (file.frame_count, dataset.Rows, dataset.Columns):
        raise damaged(file.path)
    return stored


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


def _require_whole_bytes(file: DicomFile) -> None:
    allocated = int(file.header.get("BitsAllocated", 16))
    if allocated != 1 and allocated % 8:
        raise ImageFormatError(
            f"'{file.path.name}' packs its pixels into {allocated} bits each, which this program does not "
            "read. Export the series with 16 bits allocated."
        )


def _state_defaults(dataset: Dataset) -> None:
    """State what old files leave out of how their pixels are stored, as other readers take it."""
    bits = dataset.get("BitsStored") or dataset.BitsAllocated
    defaults = {**_DEFAULTS, "BitsStored": bits, "HighBit": bits - 1}
    for keyword, value in defaults.items():
        if dataset.get(keyword) in (None, ""):
            setattr(dataset, keyword, value)


def _stored_bits(values: np.ndarray, dataset: Dataset) -> np.ndarray:
    """The values without the bits above those stored, which may hold an overlay.

    pydicom clears them but where JPEG or JPEG-LS keeps them. JPEG 2000 states how many bits it holds.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    spare = 8 * values.dtype.itemsize - int(dataset.BitsStored)
    if values.dtype.kind not in "iu" or spare <= 0 or syntax not in _KEEP_HIGH_BITS:
        return values
    return (values << spare) >> spare  # of signed values the highest stored bit is the sign


def _transform(frame: DicomFrame) -> tuple[float, float]:
    """Slope and intercept. Where one is absent or empty it changes nothing; nor does a slope of 0."""
    return number_in(frame, "RescaleSlope", 1.0) or 1.0, number_in(frame, "RescaleIntercept", 0.0)


def _is_whole(frame: DicomFrame) -> bool:
    """Whether the modality transform takes integers to integers of 32 bits."""
    if _table(frame) is not None or int(frame.get("BitsAllocated", 16)) > 16:
        return False
    slope, intercept = _transform(frame)
    return slope.is_integer() and intercept.is_integer() and abs(slope) * 2**16 + abs(intercept) < 2**31


def _table(frame: DicomFrame) -> tuple[int, np.ndarray] | None:
    """The stored value that the modality's lookup table begins at, and its (entries,) integers.

    None where the file has no table, or an empty one, which changes nothing.
    """
    sequence = frame.get("ModalityLUTSequence")
    item = sequence[0] if sequence else {}
    descriptor, entries = item.get("LUTDescriptor"), item.get("LUTData")
    if not descriptor or not entries:
        return None
    if isinstance(entries, bytes):  # of one byte each, or of two
        count = int(descriptor[0]) or 2**16
        wide = ">u2" if frame.file.header.original_encoding[1] is False else "<u2"
        entries = np.frombuffer(entries, np.uint8 if len(entries) < 2 * count else wide)[:count]
    return int(descriptor[1]), np.atleast_1d(np.asarray(entries, np.int64))


def apply_modality_transform(stored: np.ndarray, frame: DicomFrame) -> np.ndarray:
    """(rows, columns) values, such as HU, of a frame's (rows, columns) stored ones; both of any dtype."""
    if table := _table(frame):
        first, entries = table
        if first >= 2**15 and stored.dtype.kind == "i":  # stated in the bits of a signed number
            first -= 2**16
        return entries[np.clip(stored.astype(np.int64) - first, 0, len(entries) - 1)]
    slope, intercept = _transform(frame)
    if (slope, intercept) == (1.0, 0.0):
        return stored
    return stored.astype(np.float64) * slope + intercept
