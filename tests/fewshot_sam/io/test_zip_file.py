"""Zips that are made a piece at a time."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from fewshot_sam.io import zip_file
from fewshot_sam.io.zip_file import ZipStream

MADE_AT = datetime(2026, 11, 28, 1, 2, 4)


def test_what_was_added_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "PIECE_BYTES", 1000)
    (tmp_path / "large").write_bytes(bytes(range(250)) * 20)
    archive = ZipStream(MADE_AT)
    pieces = [
        archive.add_bytes("a/small", b"x"),
        *archive.add_file("large", tmp_path / "large"),
        archive.close(),
    ]
    assert len(pieces) == 1 + 5 + 1 + 1 and archive.is_closed
    read = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert read.testzip() is None
    assert (read.read("a/small"), read.read("large")) == (b"x", (tmp_path / "large").read_bytes())
    assert {info.date_time for info in read.infolist()} == {(2026, 11, 28, 1, 2, 4)}


def test_an_entry_beyond_4_gib_needs_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limit lowered: zipfile refuses to write beyond it where it was not told."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    monkeypatch.setattr(zip_file, "PIECE_BYTES", 500)
    (tmp_path / "large").write_bytes(bytes(5000))
    archive = ZipStream(MADE_AT)
    content = b"".join([*archive.add_file("large", tmp_path / "large"), archive.close()])
    assert zipfile.ZipFile(io.BytesIO(content)).read("large") == bytes(5000)


def test_one_that_breaks_off_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(10 << 20))
    archive = ZipStream(MADE_AT)
    pieces = archive.add_file("large", tmp_path / "large")
    next(pieces)
    pieces.close()
    archive.abandon()
    archive.abandon()
    assert archive.is_closed
