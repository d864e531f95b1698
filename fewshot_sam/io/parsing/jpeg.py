"""A bound on the scans of a JPEG: each takes time for every pixel, and few bytes of the file."""

from __future__ import annotations

from pathlib import Path

MAX_JPEG_SCANS = 200
"""Progressive files have about ten; each passes over all pixels, and takes 30 bytes of the file."""

START_OF_SCAN = b"\xff\xda"


def count_jpeg_scans(path: Path) -> int:
    """Markers of scans in a JPEG file; its compressed bytes hold none by chance."""
    with path.open("rb") as file:
        return sum(block.count(START_OF_SCAN) for block in iter(lambda: file.read(2**20), b""))
