"""Read a stated number of bytes of a file that may be compressed, and inflate no more than that."""

from __future__ import annotations

import bz2
import zlib
from io import BytesIO
from typing import Any, BinaryIO, Literal

import numpy as np

Codec = Literal["raw", "gzip", "zlib", "deflate", "bzip2"]

_BLOCK_BYTES = 2**20
_INPUT_BYTES = 2**16
_MAX_EMPTY_MEMBERS = 1000
_WINDOW_BITS = {"gzip": 31, "zlib": 47, "deflate": -15}  # 47 takes zlib and gzip, as MetaImage readers do
_MEMBER_START = {"gzip": b"\x1f\x8b", "bzip2": b"BZh"}


class DamagedStreamError(Exception):
    """The file ends early, or its compressed bytes are damaged."""


class InflatingReader:
    """Reads bytes of a compressed file in order.

    Args:
        file: open at the first compressed byte.
        codec: "raw" is not compressed; "zlib" may be gzip too; gzip and bzip2 may have several members.
        max_input_bytes: bytes of ``file`` that belong to the stream; None: all that follow.
    """

    def __init__(self, file: BinaryIO, codec: Codec, max_input_bytes: int | None = None) -> None:
        self._file = file
        self._codec = codec
        self._input_left = max_input_bytes
        self._pending = b""
        self._decoder: Any = None if codec == "raw" else _decoder(codec)
        self._empty_members = 0

    def read(self, count_bytes: int) -> bytes:
        """Exactly so many bytes.

        Raises:
            DamagedStreamError: there are fewer, or they cannot be inflated.
        """
        buffer = bytearray(count_bytes)
        self._read_into(memoryview(buffer))
        return bytes(buffer)

    def read_up_to(self, count_bytes: int) -> bytes:
        """So many bytes, or fewer where the stream ends before."""
        buffer = BytesIO()
        while count_bytes and (part := self._some(min(count_bytes, _BLOCK_BYTES))):
            buffer.write(part)
            count_bytes -= len(part)
        return buffer.getvalue()

    def read_array(self, dtype: np.dtype, count: int) -> np.ndarray:
        """Numbers as (count,) of ``dtype``, any integer or float type; errors as for :meth:`read`."""
        array = np.empty(count, dtype)
        self._read_into(array.view(np.uint8).data)
        return array

    def skip(self, count_bytes: int) -> None:
        """Pass over so many bytes without keeping them; errors as for :meth:`read`."""
        if self._codec == "raw":
            self._file.seek(count_bytes, 1)
            return
        while count_bytes:
            part = self._some(min(count_bytes, _BLOCK_BYTES))
            if not part:
                raise DamagedStreamError("the compressed data end early")
            count_bytes -= len(part)

    def check_end(self) -> None:
        """Where the stream ends here, check that it is complete and its checksum right.

        One further byte is inflated at most; what follows is not read.

        Raises:
            DamagedStreamError: the stream stops before its end, or the checksum is wrong.
        """
        if self._decoder is not None:
            self._step(1)

    def _read_into(self, view: memoryview) -> None:
        done = 0
        while done < len(view):
            if self._codec == "raw":
                got = self._file.readinto(view[done:])  # type: ignore[attr-defined]  # not in BinaryIO
            else:
                part = self._some(min(len(view) - done, _BLOCK_BYTES))
                got = len(part)
                view[done : done + got] = part
            if not got:
                raise DamagedStreamError(f"{len(view)} bytes are stated, {done} are there")
            done += got

    def _some(self, max_bytes: int) -> bytes:
        """Between 1 and ``max_bytes`` bytes; none at the end of the stream."""
        if self._codec == "raw":
            return self._file.read(max_bytes)
        while self._decoder is not None or self._next_member():
            if part := self._step(max_bytes):
                self._empty_members = 0
                return part
        return b""

    def _step(self, max_bytes: int) -> bytes:
        """Inflate of this member; no bytes only at its end, where zlib and bz2 check their sums."""
        while True:
            try:
                part = self._decoder.decompress(self._pending, max_bytes)
            except (zlib.error, OSError, ValueError, EOFError) as error:
                raise DamagedStreamError(str(error)) from error
            if self._decoder.eof:
                self._pending, self._decoder = self._decoder.unused_data, None
                return part
            self._pending = getattr(self._decoder, "unconsumed_tail", b"")  # bz2 keeps its own
            if part:
                return part
            block = self._input()
            if not block:
                raise DamagedStreamError("the compressed data end early")
            self._pending += block

    def _next_member(self) -> bool:
        start = _MEMBER_START.get(self._codec)
        if start is None:
            return False
        while len(self._pending) < len(start) and (block := self._input()):
            self._pending += block
        if not self._pending.startswith(start):  # padding, or another file's bytes
            return False
        self._empty_members += 1
        if self._empty_members > _MAX_EMPTY_MEMBERS:
            raise DamagedStreamError("the compressed data hold too many empty parts")
        self._decoder = _decoder(self._codec)
        return True

    def _input(self) -> bytes:
        count = _INPUT_BYTES if self._input_left is None else min(_INPUT_BYTES, self._input_left)
        block = self._file.read(count)
        if self._input_left is not None:
            self._input_left -= len(block)
        return block


def _decoder(codec: Codec) -> Any:
    return bz2.BZ2Decompressor() if codec == "bzip2" else zlib.decompressobj(_WINDOW_BITS[codec])
