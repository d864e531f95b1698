"""A zip file that is sent or written while it is made, of any size (zip64), in the memory of a piece."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

PIECE_BYTES = 4 << 20
_LIGHTLY = 1  # what is worth deflating here are tables and JSON
_READABLE = 0o644 << 16


class ZipStream:
    """The zip as it grows: each method gives the bytes that come next.

    Its files are deflated though most are compressed already: of a stored file that was sent so, some
    programs cannot tell the end.

    Args:
        made_at: the time that its files bear.
    """

    def __init__(self, made_at: datetime) -> None:
        self._made_at = made_at
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LIGHTLY)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be added any more."""
        return self._archive.fp is None

    def add_bytes(self, name: str, content: bytes) -> bytes:
        """A file of this content."""
        self._archive.writestr(self._info(name), content, zipfile.ZIP_DEFLATED, _LIGHTLY)
        return self._sink.take()

    def add_file(self, name: str, path: Path) -> Iterator[bytes]:
        """A copy of a file, a piece at a time. An iterator that is not exhausted must be closed."""
        info = self._info(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.file_size = path.stat().st_size  # tells zipfile whether the entry needs zip64
        with path.open("rb") as file, self._archive.open(info, "w") as member:
            while piece := file.read(PIECE_BYTES):
                member.write(piece)
                yield self._sink.take()
        yield self._sink.take()

    def close(self) -> bytes:
        """The end of the zip."""
        self._archive.close()
        return self._sink.take()

    def abandon(self) -> None:
        """Let go of a zip that is not sent to its end; harmless for one that was closed."""
        self._archive.close()

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._made_at.timetuple()[:6])
        info.external_attr = _READABLE
        return info


class _Sink(io.RawIOBase):
    """Holds what was written since it was last taken; nothing can be written before that."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken
