"""Content-addressed files."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from storage import blobs as module
from storage.blobs import BlobStore
from storage.errors import DamagedBlobError, MissingBlobError


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


def test_a_blob_is_hashed_once_in_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = BlobStore(tmp_path).put("bin", lambda file: file.write(b"liver"))
    blobs = BlobStore(tmp_path)
    hashed: list[Path] = []

    def counting(path: Path) -> str:
        hashed.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(module, "sha256_of", counting)
    threads = [threading.Thread(target=blobs.verified_path, args=(key,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hashed == [blobs.path(key)]
    os.utime(blobs.path(key), ns=(1, 1))  # replaced or restored meanwhile
    assert blobs.verified_path(key).read_bytes() == b"liver"
    assert len(hashed) == 2


def test_a_flipped_bit_and_a_missing_file_are_told(tmp_path: Path) -> None:
    key = BlobStore(tmp_path).put("bin", lambda file: file.write(b"liver"))
    blobs = BlobStore(tmp_path)
    blobs.path(key).write_bytes(b"lives")
    with pytest.raises(DamagedBlobError, match=f"{key} is damaged") as damaged:
        blobs.verified_path(key)
    assert damaged.value.key == key
    blobs.path(key).unlink()
    with pytest.raises(MissingBlobError, match=f"{key} is missing"):
        blobs.verified_path(key)
    blobs.path(key).mkdir()
    with pytest.raises(DamagedBlobError, match="cannot be read"):
        blobs.verified_path(key)


def test_damage_after_the_first_read_is_told_when_the_file_changed(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    key = blobs.put("bin", lambda file: file.write(b"liver"))
    blobs.verified_path(key)
    blobs.path(key).write_bytes(b"live")
    with pytest.raises(DamagedBlobError, match="is damaged"):
        blobs.verified_path(key)


def test_storing_the_same_content_again_replaces_a_damaged_blob(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    key = blobs.put("bin", lambda file: file.write(b"liver"))
    blobs.path(key).write_bytes(b"lives")
    assert blobs.put("bin", lambda file: file.write(b"liver")) == key
    assert blobs.verified_path(key).read_bytes() == b"liver"


def test_what_is_no_file_of_a_blob_is_not_among_the_keys(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    key = blobs.put("bin", lambda file: file.write(b"liver"))
    (tmp_path / "zz").mkdir()
    (tmp_path / "zz" / key).write_bytes(b"liver")  # put back from a backup, into the wrong folder
    (tmp_path / "zz" / f"{'1' * 64}.bin").write_bytes(b"spleen")
    (tmp_path / "22").mkdir()
    (tmp_path / "22" / f"{'2' * 64}.bin").symlink_to(tmp_path / "gone")
    (tmp_path / "22" / f"{'22' * 32}.npy").mkdir()
    assert blobs.keys() == [key]
