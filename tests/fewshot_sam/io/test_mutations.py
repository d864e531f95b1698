"""Mutated NRRD and MetaImage headers: an image or a UserError, and no more memory than allowed."""

from __future__ import annotations

import gzip
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fewshot_sam.errors import UserError
from fewshot_sam.io.formats import metaimage, nrrd
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage

VOXELS = bytes(range(48))
LIMITS = ReadLimits(
    max_voxels=100_000, max_slices=512, max_unpacked_bytes=500_000, always_unpacked_bytes=500_000
)
MAX_MEMORY_BYTES = 12 * 2**20
"""The voxels allowed, a header of 1 MiB as text, blocks of 1 MiB."""

NRRD = [
    b"NRRD0004", b"# a comment", b"type: short", b"dimension: 3", b"space: left-posterior-superior",
    b"sizes: 4 3 2", b"space directions: (1,0,0) (0,2,0) (0,0,3)", b"kinds: domain domain domain",
    b"endian: little", b"encoding: raw", b"space origin: (5,6,7)", b"byte skip: 0", b"key:=value", b"",
]  # fmt: skip
NRRD_SCALAR = [
    b"NRRD0005", b"type: uchar", b"dimension: 4", b"sizes: 4 3 2 1", b"encoding: gzip",
    b"spacings: 1 2 3 nan", b"axis mins: 0 0 0 0", b"centerings: cell node cell ???", b"line skip: 0", b"",
]  # fmt: skip
METAIMAGE = [
    b"ObjectType = Image", b"NDims = 3", b"BinaryData = True", b"BinaryDataByteOrderMSB = False",
    b"CompressedData = True", b"CompressedDataSize = 56", b"TransformMatrix = 1 0 0 0 1 0 0 0 1",
    b"Offset = 5 6 7", b"ElementSpacing = 1 2 3", b"HeaderSize = 0", b"dim[0] = 3", b"DimSize = 4 3 2",
    b"ElementNumberOfChannels = 1", b"ElementType = MET_SHORT", b"ElementDataFile = LOCAL",
]  # fmt: skip
PIECES = [
    b"-1", b"0", b"99999999", b"4294967297", b"1e308", b"nan", b"inf", b"9" * 5000, b"(", b")", b",", b"none",
    b"\r", b"\n", b"\0", b"\t", b" ", b":", b":=", b"=", b"%d", b"..", b"/etc/passwd", b"LIST", b"ascii",
    b"bzip2", b"data file: x.raw", b"ElementDataFile = x.raw", b"\xff\xfe", "\u0660".encode(), b"double",
    b"MET_DOUBLE",
]  # fmt: skip

Edit = tuple[int, int, int, bytes]
edits = st.lists(
    st.tuples(
        st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 12),
        st.sampled_from(PIECES) | st.binary(max_size=6),
    ),
    max_size=4,
)  # fmt: skip
orders = st.lists(st.integers(0, 2**16), max_size=3)


def mutated(lines: list[bytes], repeated: list[int], changes: list[Edit]) -> bytes:
    """Lines repeated elsewhere, then stretches of bytes replaced."""
    lines = list(lines)
    for number in repeated:
        lines.insert(number % len(lines), lines[(number * 7) % len(lines)])
    content = b"\n".join([*lines, b""])
    for line, at, length, piece in changes:
        start = (line * 31 + at) % (len(content) + 1)
        content = content[:start] + piece + content[start + length :]
    return content


def check(read: Callable[[Path, str, ReadLimits], SourceImage], name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        tracemalloc.start()
        try:
            image = read(path, "image", LIMITS)
            assert image.array.size <= LIMITS.max_voxels
        except UserError as error:
            assert len(str(error)) < 1000
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peak < MAX_MEMORY_BYTES


@settings(max_examples=300, deadline=None)
@given(orders, edits)
@example([], [])
def test_nrrd_in_space(repeated: list[int], changes: list[Edit]) -> None:
    check(nrrd.read, "image.nrrd", mutated(NRRD, repeated, changes) + VOXELS)


@settings(max_examples=300, deadline=None)
@given(orders, edits)
def test_nrrd_packed_without_space(repeated: list[int], changes: list[Edit]) -> None:
    check(nrrd.read, "image.nrrd", mutated(NRRD_SCALAR, repeated, changes) + gzip.compress(VOXELS))


@settings(max_examples=300, deadline=None)
@given(orders, edits)
@example([], [])
def test_metaimage(repeated: list[int], changes: list[Edit]) -> None:
    check(metaimage.read, "image.mha", mutated(METAIMAGE, repeated, changes) + zlib.compress(VOXELS))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted({*NRRD, *NRRD_SCALAR})), st.sampled_from(PIECES), st.integers(1, 2**20))
def test_nrrd_fields_with_long_or_strange_values(line: bytes, piece: bytes, times: int) -> None:
    field = line.partition(b":")[0]
    text = field + b": " + piece * (times // len(piece) + 1)
    lines = [other for other in NRRD if other != line]
    lines.insert(1, text)
    check(nrrd.read, "image.nrrd", b"\n".join([*lines, b""]) + VOXELS)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METAIMAGE), st.sampled_from(PIECES), st.integers(1, 2**20))
def test_metaimage_keys_with_long_or_strange_values(line: bytes, piece: bytes, times: int) -> None:
    key = line.partition(b" =")[0]
    text = key + b" = " + piece * (times // len(piece) + 1)
    lines = [text, *(other for other in METAIMAGE if other != line)]
    check(metaimage.read, "image.mha", b"\n".join([*lines, b""]) + zlib.compress(VOXELS))
