"""One DICOM file: read whole or up to its pixels, with a bound on what it inflates to.

pydicom inflates a deflated file (transfer syntax 1.2.840.10008.1.2.1.99) without a limit, for its
header too, so such files are inflated here and pydicom parses the result. References to other
files (ReferencedFileID, PixelDataProviderURL) are elements like any other; nothing opens them.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import generate_frames
from pydicom.filereader import _read_file_meta_info, read_dataset, read_preamble
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.inflate import InflatingReader
from fewshot_sam.io.parsing.jpeg import MAX_JPEG_SCANS, START_OF_SCAN

_MAX_HEADER_BYTES = 64 * 2**20
"""A deflated file's header, and in a file with pixels everything but them, must fit in this."""

_PIXEL_DATA_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_J2K_START = b"\xff\x4f\xff\x51"
_JPEG_SIZE_MARKERS = {*range(0xC0, 0xD0), 0xDE, 0xF7} - {0xC4, 0xC8, 0xCC}  # SOF, DHP and JPEG-LS's SOF

_GE_PRIVATE = UID("1.2.840.113619.5.2")
_SYNTAX_OF_MARKER = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC3: JPEGLosslessSV1,
    0xF7: JPEGLSLossless,
}


def read_header(path: Path, limits: ReadLimits, *, force: bool = False) -> FileDataset:
    """The elements in front of the pixels.

    Args:
        force: read a file without the DICOM preamble.

    Raises:
        Exception: what pydicom raises for a damaged file.
    """
    return _read(path, limits, _MAX_HEADER_BYTES, header_only=True, force=force)


def read_whole(path: Path, limits: ReadLimits, stated_pixel_bytes: int) -> FileDataset:
    """All elements.

    Args:
        stated_pixel_bytes: what the header states of its pixels, not compressed.

    Raises:
        ImageFormatError: damaged, or it inflates to more than is allowed or stated.
        Exception: what pydicom raises for a damaged file.
    """
    dataset = _read(path, limits, stated_pixel_bytes + _MAX_HEADER_BYTES, header_only=False, force=True)
    _check_complete(dataset, path)
    _state_transfer_syntax(dataset)
    _check_frame_sizes(dataset, path)
    return dataset


def pixel_bytes(header: Dataset) -> int:
    """Bytes of the pixels that a header states, not compressed."""
    frames = max(int(header.get("NumberOfFrames", 1) or 1), 1)
    bytes_a_pixel = (int(header.get("BitsAllocated", 16)) + 7) // 8
    return int(header.Rows) * int(header.Columns) * frames * bytes_a_pixel


def damaged(path: Path) -> ImageFormatError:
    """The error for a DICOM file that ends early or whose pixels cannot be decoded."""
    return ImageFormatError(
        f"The DICOM file '{path.name}' is truncated or damaged: its pixels cannot be read. "
        "Export the series again."
    )


def _read(path: Path, limits: ReadLimits, max_bytes: int, *, header_only: bool, force: bool) -> FileDataset:
    with path.open("rb") as file:
        preamble = read_preamble(file, force)
        meta = _read_file_meta_info(file)  # the function pydicom itself decides by
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            file.seek(0)
            return pydicom.dcmread(file, stop_before_pixels=header_only, force=force)
        sent_bytes = path.stat().st_size
        allowed = min(max_bytes, limits.unpacked_bytes_for(sent_bytes))
        content = InflatingReader(file, "deflate").read_up_to(allowed + 1)
    if len(content) > allowed and not header_only:
        if allowed < max_bytes:
            raise limits.too_much_unpacked("more", sent_bytes, path.name)
        raise ImageFormatError(
            f"'{path.name}' unpacks to more than the pixels that its header states, so it is damaged or not "
            "what it says. Export the series again."
        )
    stop_when = _at_pixels if header_only else None
    elements = read_dataset(BytesIO(content), False, True, stop_when=stop_when)  # explicit VR, little endian
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return FileDataset(
        str(path), elements, preamble=preamble, file_meta=meta, is_implicit_VR=False, is_little_endian=True
    )


def _at_pixels(tag: int, vr: str | None, length: int) -> bool:
    return tag in _PIXEL_DATA_TAGS


def _state_transfer_syntax(dataset: FileDataset) -> None:
    """Where the file does not state how its pixels are stored, tell it from how its elements are."""
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated == _GE_PRIVATE:
        _turn_bytes(dataset)
    if stated:
        return
    implicit, little = dataset.original_encoding
    syntax: UID | None = ImplicitVRLittleEndian
    if not implicit:
        syntax = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    if "PixelData" in dataset and dataset["PixelData"].is_undefined_length:
        syntax = _syntax_of_frame(next(generate_frames(dataset.PixelData, number_of_frames=1), b""))
    if syntax is not None:
        dataset.file_meta.TransferSyntaxUID = syntax


def _turn_bytes(dataset: FileDataset) -> None:
    """Make the pixels of old GE scanners, which are big endian, like the elements before them."""
    if "PixelData" in dataset and int(dataset.get("BitsAllocated", 16)) == 16:
        turned = array("H", dataset.PixelData)
        turned.byteswap()
        dataset.PixelData = turned.tobytes()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian


def _syntax_of_frame(frame: bytes) -> UID | None:
    """The transfer syntax of a compressed frame, by its first bytes."""
    if frame.startswith((_J2K_START, b"\x00\x00\x00\x0cjP")):
        return JPEG2000
    for marker, _ in _jpeg_segments(frame):
        if marker in _SYNTAX_OF_MARKER:
            return _SYNTAX_OF_MARKER[marker]
    looks_like_rle = len(frame) > 64 and 1 <= int.from_bytes(frame[:4], "little") <= 15
    return RLELossless if looks_like_rle and frame[4:8] == b"\x40\0\0\0" else None


def _check_complete(dataset: Dataset, path: Path) -> None:
    """Raise ImageFormatError if an element's stated length runs past the end of the file.

    pydicom reads such elements as far as they go.
    """
    for tag in dataset.keys():  # noqa: SIM118 - iterating a Dataset converts every element
        element = dataset.get_item(tag)
        length = getattr(element, "length", None)
        value = getattr(element, "value", None)
        if length not in (None, 0xFFFFFFFF) and isinstance(value, bytes) and len(value) < length:
            raise damaged(path)


def _check_frame_sizes(dataset: Dataset, path: Path) -> None:
    """Raise ImageFormatError if a compressed frame states another size than the header, or many scans.

    Decoders take memory for what the frame states, and time for each scan: a few bytes may state
    gigabytes, or take hours.
    """
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None or not syntax.is_compressed or "PixelData" not in dataset:
        return
    for frame in _compressed_frames(dataset):
        stated = _size_in_frame(frame)
        if stated is not None and stated != (dataset.Rows, dataset.Columns):
            raise damaged(path)
        if frame[:2] == b"\xff\xd8" and frame.count(START_OF_SCAN) > MAX_JPEG_SCANS:
            raise damaged(path)


def _compressed_frames(dataset: Dataset) -> Iterator[bytes]:
    offsets = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        offsets = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    frames = max(int(dataset.get("NumberOfFrames", 1) or 1), 1)
    return generate_frames(dataset.PixelData, number_of_frames=frames, extended_offsets=offsets)


def _size_in_frame(frame: bytes) -> tuple[int, int] | None:
    """(rows, columns) that a JPEG, JPEG-LS or JPEG 2000 frame states; None where they are not found."""
    at = frame.find(_J2K_START)
    if at >= 0 and len(frame) >= at + 24:
        right, bottom, left, top = struct.unpack_from(">4I", frame, at + 8)
        return bottom - top, right - left
    for marker, at in _jpeg_segments(frame):
        if marker in _JPEG_SIZE_MARKERS and len(frame) >= at + 9:
            rows, columns = struct.unpack_from(">HH", frame, at + 5)
            return (rows, columns) if rows else None  # stated later in the frame
    return None


def _jpeg_segments(frame: bytes) -> Iterator[tuple[int, int]]:
    """(marker, offset) of the segments in front of a JPEG or JPEG-LS frame's pixels; none of others."""
    at = 2
    while frame[:2] == b"\xff\xd8" and len(frame) >= at + 4 and frame[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", frame, at)
        yield marker, at
        at += 1 if marker == 0xFF else 2 + length
