"""The voxels behind an NRRD or MetaImage header, within the bytes that type and sizes state."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import numpy as np

from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.header_text import unreadable
from fewshot_sam.io.parsing.inflate import Codec, DamagedStreamError, InflatingReader
from fewshot_sam.io.parsing.several import FilePart
from fewshot_sam.io.parsing.voxels import bytes_up_to, read_part

_TEXT_BLOCK_BYTES = 2**20
_MAX_NUMBER_LENGTH = 400
"""The longest a double is written without an exponent."""


@dataclass(frozen=True)
class Payload:
    """What a header states of its voxels.

    Attributes:
        shape: of the one that is read, (I, J, K), or (L, I, J, K) of layers.
        numbers: how many a voxel has in all, side by side or in volumes one behind the other.
        skip_bytes: after inflating, before the first voxel; -1: the voxels are the file's last bytes.
        compressed_bytes: of the compressed voxels, where the header says.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    codec: Codec
    skip_bytes: int = 0
    compressed_bytes: int | None = None
    numbers: int = 1

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return math.prod(self.shape)

    @property
    def stated_bytes(self) -> int:
        """Bytes of the voxels."""
        return self.voxels * self.numbers * self.dtype.itemsize


_WHOLE = FilePart()


def read_payload(
    file: BinaryIO, payload: Payload, limits: ReadLimits, file_name: str, part: FilePart = _WHOLE
) -> np.ndarray:
    """Read the voxels.

    Args:
        file: open at the payload's first byte.
        payload: what the header states.
        limits: on voxels and unpacked bytes.
        file_name: for messages.
        part: which of its volumes, where there are several.

    Returns:
        (I, J, K), or (L, I, J, K) of layers, in ``payload.dtype``, any integer or float type, in Fortran
        order.

    Raises:
        ImageFormatError: fewer bytes than stated, damaged, or beyond ``limits``.
    """
    sent_bytes = os.fstat(file.fileno()).st_size
    halved = _check_shape(payload.shape, limits, file_name)
    if payload.codec == "raw":
        _check_there(file, payload, sent_bytes, file_name)
    else:
        wanted_bytes = bytes_up_to(payload.shape, payload.dtype, part)
        limits.check_streamed(payload.skip_bytes + wanted_bytes, sent_bytes, file_name, halved=halved)
    try:
        reader = InflatingReader(file, payload.codec, payload.compressed_bytes)
        if payload.skip_bytes == -1:
            file.seek(sent_bytes - payload.stated_bytes)
        else:
            reader.skip(payload.skip_bytes)
        if len(payload.shape) == 3:
            voxels = read_part(reader, payload.shape, payload.dtype, part, limits if halved else None)
        else:
            voxels = reader.read_array(payload.dtype, payload.voxels).reshape(payload.shape, order="F")
        reader.check_end()
    except (DamagedStreamError, OSError) as error:
        raise unreadable(file_name, str(error)) from error
    return voxels


def _check_shape(shape: tuple[int, ...], limits: ReadLimits, file_name: str) -> bool:
    """Whether it is read at half resolution; layers are not. Raises ImageFormatError beyond ``limits``."""
    if len(shape) == 3:
        return limits.halves((shape[0], shape[1], shape[2]), file_name)
    limits.check_shape(shape, file_name)
    return False


def _check_there(file: BinaryIO, payload: Payload, sent_bytes: int, file_name: str) -> None:
    """Before memory is taken for them."""
    there = sent_bytes - file.tell() - max(payload.skip_bytes, 0)
    if there < payload.stated_bytes:
        stated = f"{payload.stated_bytes} bytes of voxels are stated"
        raise unreadable(file_name, f"{stated}, {max(there, 0)} are there")


def read_text_payload(file: BinaryIO, payload: Payload, limits: ReadLimits, file_name: str) -> np.ndarray:
    """Like :func:`read_payload`, of numbers written as text with blanks between them.

    Returns:
        (I, J, K) in ``payload.dtype``, any integer or float type, in native byte order and Fortran order.

    Raises:
        ImageFormatError: fewer numbers than stated, not numbers, or beyond ``limits``.
    """
    limits.check_shape(payload.shape, file_name)
    if 2 * payload.voxels - 1 > os.fstat(file.fileno()).st_size - file.tell():
        raise unreadable(file_name, f"{payload.voxels} numbers are stated, which the file cannot hold")
    voxels = np.empty(payload.voxels, payload.dtype.newbyteorder("="))
    numbers = islice(_numbers(file, file_name), payload.voxels)
    convert = float if payload.dtype.kind == "f" else int
    done = 0
    try:
        while block := list(islice(numbers, 2**16)):
            voxels[done : done + len(block)] = [convert(number) for number in block]
            done += len(block)
    except (ValueError, OverflowError) as error:
        raise unreadable(file_name, f"its voxels must be {payload.dtype.name} numbers: {error}") from error
    if done < payload.voxels:
        raise unreadable(file_name, f"{payload.voxels} numbers are stated, {done} are there")
    return voxels.reshape(payload.shape, order="F")


def _numbers(file: BinaryIO, file_name: str) -> Iterator[bytes]:
    rest = b""
    while block := file.read(_TEXT_BLOCK_BYTES):
        words = (rest + block).split()
        rest = words.pop() if words and not block[-1:].isspace() else b""
        if len(rest) > _MAX_NUMBER_LENGTH:
            break
        yield from words
    if len(rest) > _MAX_NUMBER_LENGTH:
        raise unreadable(file_name, "its voxels must be numbers with blanks between them")
    if rest:
        yield rest
