"""MetaImage files (``.mha``, ``.mhd``), read as ITK reads them, by a parser that refuses what is ambiguous.

Keys that are not part of the format are passed over: programs built on ITK write their whole
metadata dictionary into the header. A key that only resembles one of the format (another case,
other blanks), or stands there twice, is refused. World positions are turned from LPS to RAS,
in mm. As in ITK, AnatomicalOrientation, DistanceUnits and ElementToIntensityFunction are not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.detached import open_beside
from fewshot_sam.io.parsing.header_text import (
    MAX_VALUE_LENGTH,
    not_scalar,
    read_lines,
    three_axes,
    unreadable,
)
from fewshot_sam.io.parsing.payload import Payload, read_payload
from fewshot_sam.io.parsing.several import FilePart, choose, parts_of
from fewshot_sam.io.source import SourceImage, check_axes

_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what ITK writes
_MAX_AXES = 10  # as in MetaIO
_LAST_KEY = "ElementDataFile"
_POSITION_KEYS = ("Offset", "Position", "Origin", "ImagePosition")
_DIRECTION_KEYS = ("TransformMatrix", "Rotation", "Orientation")
_SPACING_KEYS = ("ElementSpacing", "ElementSize")
_BYTE_ORDER_KEYS = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
_USED = (
    "ObjectType", "NDims", "DimSize", "ElementType", "ElementNumberOfChannels", "BinaryData",
    "CompressedData", "CompressedDataSize", "HeaderSize", _LAST_KEY,
    *_POSITION_KEYS, *_DIRECTION_KEYS, *_SPACING_KEYS, *_BYTE_ORDER_KEYS,
)  # fmt: skip
_PASSED_OVER = (
    "ObjectSubType", "Comment", "AcquisitionDate", "Name", "ID", "ParentID", "Color", "CompressionLevel",
    "CenterOfRotation", "DistanceUnits", "AnatomicalOrientation", "Modality", "SequenceID", "ElementMin",
    "ElementMax", "ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset",
)  # fmt: skip
_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4",
    "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_COLOUR_CHANNELS = (3, 4)
_LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read a MetaImage file, or one of the volumes that it holds.

    Raises:
        ImageFormatError: damaged, not 3D, voxels elsewhere, or beyond ``limits``.
        GeometryError: directions or spacings cannot be used.
        SeriesChoiceError: several volumes, channels or colours, and none named.
    """
    with path.open("rb") as file:
        header = _Header(_read_texts(file, path), path.name)
        shape, frames = three_axes(_sizes(header), path.name)
        payload, affine = _payload(header, shape, frames), _affine(header)
        check_axes(affine)
        part = choose(_parts(frames, payload), wanted, path.name, shape[2])
        named = header.text(_LAST_KEY)
        if named == "LOCAL":
            array = read_payload(file, payload, limits, path.name, part)
        else:
            with open_beside(path, named) as data:
                array = read_payload(data, payload, limits, path.name, part)
    grid = SourceGrid(shape, affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    return part.noted(SourceImage(array, grid, name))


def _parts(frames: int, payload: Payload) -> list[FilePart]:
    """What may be chosen; three or four bytes a voxel are a colour, as ITK writes them."""
    channels = payload.numbers // frames
    in_colour = channels in _COLOUR_CHANNELS and payload.dtype == np.uint8
    return parts_of(frames, channels, in_colour=in_colour)


def write(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """Write an (I, J, K) array of any integer or float type, on ``grid``, as a compressed MetaImage file."""
    from fewshot_sam.io.itk import write_itk  # SimpleITK takes a second to import

    write_itk(stored, grid, path)


def _read_texts(file: BinaryIO, path: Path) -> dict[str, str]:
    """Texts of the format's keys; ``file`` is left at the first byte after the header."""
    spellings = {_squeezed(key): key for key in (*_USED, *_PASSED_OVER)}
    texts: dict[str, str] = {}
    for line in read_lines(file, path.name, lambda line: _split(line)[0] == _LAST_KEY):
        key, text = _split(line)
        if key is None and not line.strip():
            continue
        if key is None or not key.isascii():
            raise unreadable(path.name, f"its header holds '{line[:60]}', which is no key and value")
        known = spellings.get(_squeezed(key))
        if known is None:
            continue
        if known != key:
            raise unreadable(path.name, f"its header holds '{key[:60]}', which must be written '{known}'")
        if key in texts:
            raise unreadable(path.name, f"its header holds '{key}' twice")
        if key in _USED and len(text) > MAX_VALUE_LENGTH:
            raise unreadable(path.name, f"the value of '{key}' is longer than {MAX_VALUE_LENGTH} characters")
        texts[key] = text
    if _LAST_KEY not in texts:
        raise unreadable(path.name, f"its header has no {_LAST_KEY}")
    return texts


def _split(line: str) -> tuple[str | None, str]:
    """Key and value on both sides of the first "=" or ":"; the key None where there is none."""
    parts = re.split(r"[=:]", line, maxsplit=1)
    key = parts[0].strip()
    return (key, parts[1].strip()) if len(parts) == 2 and key else (None, "")


def _squeezed(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


class _Header:
    """Typed access to the texts of a header; every error names the key."""

    def __init__(self, texts: Mapping[str, str], file_name: str) -> None:
        self._texts = texts
        self.file_name = file_name

    def text(self, key: str, default: str = "") -> str:
        return self._texts.get(key, default)

    def whole(self, key: str, default: int) -> int:
        text = self._texts.get(key, str(default))
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise unreadable(self.file_name, f"{key} must be a whole number, got '{text[:40]}'")
        return int(text)

    def flag(self, keys: tuple[str, ...], default: bool) -> bool:
        text = self._one_of(keys)
        if text is None:
            return default
        if text.lower() not in ("true", "t", "1", "false", "f", "0"):
            raise unreadable(self.file_name, f"{keys[0]} must be True or False, got '{text[:40]}'")
        return text.lower() in ("true", "t", "1")

    def numbers(self, keys: tuple[str, ...], count: int) -> np.ndarray | None:
        """(count,) numbers of the key that is there; None if none of them is."""
        text = self._one_of(keys)
        if text is None:
            return None
        words = text.split()
        try:
            numbers = np.array([float(word) for word in words])
        except ValueError:
            numbers = np.empty(0)
        if len(numbers) != count:
            raise unreadable(self.file_name, f"{keys[0]} must be {count} numbers, got '{text[:60]}'")
        return numbers

    def _one_of(self, keys: tuple[str, ...]) -> str | None:
        """The text of the one of these keys that is there; they are names of the same thing."""
        texts = {self._texts[key] for key in keys if key in self._texts}
        if len(texts) > 1:
            raise unreadable(self.file_name, f"its header states {keys[0]} twice, under unlike names")
        return next(iter(texts), None)


def _axes(header: _Header) -> int:
    count = header.whole("NDims", 0)
    if not 1 <= count <= _MAX_AXES:
        raise unreadable(header.file_name, f"NDims must be 1 to {_MAX_AXES}, got {count}")
    return count


def _payload(header: _Header, shape: tuple[int, int, int], frames: int) -> Payload:
    """What the header states of its voxels, checked."""
    file_name = header.file_name
    if header.text("ObjectType", "Image") != "Image":
        raise unreadable(file_name, f"ObjectType must be Image, got '{header.text('ObjectType')[:40]}'")
    if not header.flag(("BinaryData",), True):
        raise unreadable(file_name, "voxels written as text are not read")
    if (channels := header.whole("ElementNumberOfChannels", 1)) < 1:
        raise unreadable(file_name, f"ElementNumberOfChannels must be 1 or more, got {channels}")
    compressed = header.flag(("CompressedData",), False)
    header_size = header.whole("HeaderSize", 0)
    local = header.text(_LAST_KEY) == "LOCAL"
    if header_size < -1 or (header_size != 0 and compressed) or (header_size > 0 and local):
        raise unreadable(file_name, f"a HeaderSize of {header_size} cannot be used here")
    compressed_bytes = header.whole("CompressedDataSize", 0)
    if compressed_bytes < 0:
        raise unreadable(file_name, f"CompressedDataSize must not be negative, got {compressed_bytes}")
    dtype = _dtype(header)
    if compressed:
        packed = compressed_bytes or None
        return Payload(shape, dtype, "zlib", compressed_bytes=packed, numbers=frames * channels)
    return Payload(shape, dtype, "raw", header_size, numbers=frames * channels)


def _sizes(header: _Header) -> tuple[int, ...]:
    words = header.text("DimSize").split()
    if len(words) != _axes(header) or not all(re.fullmatch(r"[0-9]{1,9}", word) for word in words):
        shown = header.text("DimSize")[:60]
        raise unreadable(header.file_name, f"DimSize must be {_axes(header)} whole numbers, got '{shown}'")
    return tuple(int(word) for word in words)


def _dtype(header: _Header) -> np.dtype:
    kind = header.text("ElementType")
    if kind.removesuffix("_ARRAY") in _TYPES and kind not in _TYPES:
        raise not_scalar(header.file_name, f"vectors ({kind})")
    if kind not in _TYPES:
        known = ", ".join(_TYPES)
        raise unreadable(header.file_name, f"ElementType must be one of {known}, got '{kind[:40]}'")
    big_endian = header.flag(_BYTE_ORDER_KEYS, False)
    return np.dtype((">" if big_endian else "<") + _TYPES[kind])


def _affine(header: _Header) -> np.ndarray:
    """(4, 4) voxel to RAS+ in mm of the first three axes."""
    count = _axes(header)
    matrix = header.numbers(_DIRECTION_KEYS, count**2)
    directions = np.eye(count) if matrix is None else matrix.reshape(count, count).T
    spacing = header.numbers(_SPACING_KEYS[:1], count)
    if spacing is None:  # the extent of a voxel, where the distance of voxels is not stated
        spacing = header.numbers(_SPACING_KEYS[1:], count)
    spacing = np.ones(count) if spacing is None else spacing
    position = header.numbers(_POSITION_KEYS, count)
    position = np.zeros(count) if position is None else position
    if not (np.isfinite(spacing).all() and spacing[:3].all()):
        sizes = ", ".join(f"{size:g}" for size in spacing)
        raise GeometryError(
            f"The ElementSpacing of '{header.file_name}' must be finite numbers other than 0, got {sizes}. "
            "Export the image with its voxel size."
        )
    if directions[3:, :3].any():
        raise GeometryError(
            f"The axes of '{header.file_name}' must run in space, but one runs in time too. "
            "Save one volume of it."
        )
    affine = np.eye(4)
    affine[:3, :3] = _LPS_TO_RAS[:, None] * directions[:3, :3] * spacing[:3]
    affine[:3, 3] = _LPS_TO_RAS * position[:3]
    return affine
