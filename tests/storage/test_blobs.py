"""Content-addressed files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

import pytest

from storage.blobs import BlobStore


def test_a_blob_is_named_by_its_content_and_stored_once(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    key = blobs.put("bin", lambda file: file.write(b"liver"))
    assert key == f"{hashlib.sha256(b'liver').hexdigest()}.bin"
    assert blobs.put("bin", lambda file: file.write(b"liver")) == key
    assert blobs.path(key).read_bytes() == b"liver"
    assert blobs.keys() == [key]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        blobs.put("bin", fail)
    assert blobs.keys() == []
    assert list((tmp_path / "incoming").iterdir()) == []


def test_interrupted_writes_are_cleared(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    (tmp_path / "incoming" / "half").write_bytes(b"x")
    (tmp_path / "incoming" / "folder").mkdir()
    blobs.clear_incoming()
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "0" * 64, "0" * 64 + "./x", "g" * 64 + ".bin", ""])
def test_only_keys_name_blobs(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="must be a SHA-256"):
        BlobStore(tmp_path).path(key)


def test_deleting_is_idempotent(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    key = blobs.put("bin", lambda file: file.write(b"x"))
    blobs.delete(key)
    blobs.delete(key)
    assert not blobs.exists(key)
