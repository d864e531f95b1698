"""The lines of an NRRD or MetaImage header, read once, strictly, and never past their end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from fewshot_sam.errors import ImageFormatError

MAX_HEADER_BYTES = 2**20
MAX_VALUE_LENGTH = 4096
"""Characters of a value that is parsed: sixteen axes of numbers in full precision need half of it."""

_MAX_REASON_LENGTH = 300
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # a tab counts as a blank


def read_lines(file: BinaryIO, file_name: str, is_last: Callable[[str], bool]) -> Iterator[str]:
    """Lines without their ends (LF or CR LF) up to and with the one ``is_last`` accepts, or the file's end.

    After the last one ``file`` stands at the byte behind it. Bytes that are not UTF-8 come as
    surrogates.

    Raises:
        ImageFormatError: longer than 1 MiB, or with control characters, a CR of its own among them.
    """
    left = MAX_HEADER_BYTES
    while line := file.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise unreadable(file_name, f"its header is longer than {MAX_HEADER_BYTES} bytes")
        text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")
        if _CONTROL.search(text):
            raise unreadable(file_name, "its header holds control characters or line ends of CR alone")
        yield text
        if is_last(text):
            return


def unreadable(file_name: str, reason: str) -> ImageFormatError:
    """The error for a header that is not understood or bytes that are missing."""
    shown = reason[:_MAX_REASON_LENGTH].encode("utf-8", "replace").decode("utf-8")
    return ImageFormatError(
        f"'{file_name}' is not a readable NRRD or MetaImage file, or it is truncated: {shown}. "
        "Check that it is complete, and that a detached data file is beside it."
    )


def not_scalar(file_name: str, kind: str) -> ImageFormatError:
    """The error for several numbers in a voxel."""
    return ImageFormatError(
        f"'{file_name}' must hold one real number per voxel, got {kind}. "
        "Convert it to a greyscale image first."
    )


def three_axes(shape: tuple[int, ...], file_name: str) -> tuple[tuple[int, int, int], int]:
    """The shape of a volume, its first three axes, and how many volumes the others make.

    Raises:
        ImageFormatError: fewer than three axes, or an empty one.
    """
    if len(shape) < 3 or min(shape) < 1:
        raise ImageFormatError(
            f"'{file_name}' must be a 3D image, got a shape of {shape}. Open pictures as PNG or TIFF."
        )
    return (shape[0], shape[1], shape[2]), math.prod(shape[3:])
