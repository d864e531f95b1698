"""Seeded mutations of bytes: what a broken disk, a cut transfer or a hex editor makes of a file."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

INTERESTING = (
    0, 1, 2, 4, 7, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1,
    -1, -2,
)  # fmt: skip
INTERESTING_DOUBLES = (0.0, -0.0, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 1e-6)
TEXTS = (
    b"-1", b"0", b"1e999", b"nan", b"999999999999999999999", b"../../etc/passwd", b"%n%s", b"\r\n\r\n", b"''",
    b"(", b"none", b"LIST", b"1 1 1 1 1 1 1 1",
)  # fmt: skip
HEAD_BYTES = 512
MAX_CHUNK = 64


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """A copy with one to four mutations; never the same bytes."""
    changed = content
    for _ in range(int(random.integers(1, 5))):
        changed = MUTATORS[int(random.integers(len(MUTATORS)))](changed or b"\0", random)
    return changed if changed != content else content[:-1]


def _place(content: bytes, random: np.random.Generator) -> int:
    """Somewhere in the file; as often in its head, where headers are."""
    end = len(content) if random.random() < 0.5 else min(len(content), HEAD_BYTES)
    return int(random.integers(end))


def _over(content: bytes, place: int, piece: bytes) -> bytes:
    return content[:place] + piece + content[place + len(piece) :]


def _flip(content: bytes, random: np.random.Generator) -> bytes:
    place = _place(content, random)
    return _over(content, place, bytes([content[place] ^ (1 << int(random.integers(8)))]))


def _byte(content: bytes, random: np.random.Generator) -> bytes:
    return _over(content, _place(content, random), bytes([int(random.integers(256))]))


def _integer(content: bytes, random: np.random.Generator) -> bytes:
    value = INTERESTING[int(random.integers(len(INTERESTING)))]
    size = (1, 2, 4, 8)[int(random.integers(4))]
    order = ("little", "big")[int(random.integers(2))]
    piece = (value % 2 ** (8 * size)).to_bytes(size, order)  # type: ignore[arg-type]
    return _over(content, _place(content, random), piece)


def _double(content: bytes, random: np.random.Generator) -> bytes:
    value = INTERESTING_DOUBLES[int(random.integers(len(INTERESTING_DOUBLES)))]
    if random.random() < 0.5:
        return _over(content, _place(content, random), struct.pack("<d", value))
    kept = value if abs(value) < 1e38 or value != value else float(np.sign(value)) * float("inf")
    return _over(content, _place(content, random), struct.pack("<f", kept))


def _text(content: bytes, random: np.random.Generator) -> bytes:
    piece = TEXTS[int(random.integers(len(TEXTS)))]
    place = _place(content, random)
    return (
        _over(content, place, piece) if random.random() < 0.5 else content[:place] + piece + content[place:]
    )


def _cut(content: bytes, random: np.random.Generator) -> bytes:
    return content[: _place(content, random)]


def _chunk(content: bytes, random: np.random.Generator) -> tuple[int, bytes]:
    place = _place(content, random)
    return place, content[place : place + int(random.integers(1, MAX_CHUNK))]


def _drop(content: bytes, random: np.random.Generator) -> bytes:
    place, piece = _chunk(content, random)
    return content[:place] + content[place + len(piece) :]


def _repeat(content: bytes, random: np.random.Generator) -> bytes:
    place, piece = _chunk(content, random)
    return content[:place] + piece * int(random.integers(2, 40)) + content[place:]


def _move(content: bytes, random: np.random.Generator) -> bytes:
    _, piece = _chunk(content, random)
    return _over(content, _place(content, random), piece)


def _zeros(content: bytes, random: np.random.Generator) -> bytes:
    place, piece = _chunk(content, random)
    return _over(content, place, bytes(len(piece)))


def _append(content: bytes, random: np.random.Generator) -> bytes:
    return content + random.bytes(int(random.integers(1, 4096)))


MUTATORS: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    _flip, _flip, _byte, _integer, _integer, _integer, _double, _text, _cut, _drop, _repeat, _move, _zeros,
    _append,
)  # fmt: skip
