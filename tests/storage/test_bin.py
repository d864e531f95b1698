"""Blobs that wait before they are deleted."""

from __future__ import annotations

import errno
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.bin import BlobBin
from storage.blobs import BlobStore

TODAY = date(2026, 11, 25)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def blob_bin(tmp_path: Path, blobs: BlobStore) -> BlobBin:
    return BlobBin(tmp_path / "bin", blobs)


def put(blobs: BlobStore, content: bytes = b"liver") -> str:
    return blobs.put("npy", lambda file: file.write(content))


def test_a_blob_goes_to_the_bin_and_comes_back(blobs: BlobStore, blob_bin: BlobBin) -> None:
    key = put(blobs)
    assert blob_bin.take(key, TODAY) == blob_bin.root / "2026-11-25" / key
    assert (blobs.exists(key), blob_bin.keys()) == (False, {key})
    assert blob_bin.put_back(key)
    assert blobs.verified_path(key).read_bytes() == b"liver"
    assert blob_bin.keys() == set()
    assert not blob_bin.put_back(key)


def test_only_an_intact_copy_is_put_back(blobs: BlobStore, blob_bin: BlobBin) -> None:
    key = put(blobs)
    blob_bin.take(key, TODAY).write_bytes(b"lever")
    assert not blob_bin.put_back(key)
    put(blobs)
    blob_bin.take(key, TODAY + timedelta(days=1))
    assert blob_bin.put_back(key)
    assert blobs.path(key).read_bytes() == b"liver"


def test_a_damaged_blob_is_kept_under_another_name(blobs: BlobStore, blob_bin: BlobBin) -> None:
    key = put(blobs)
    assert blob_bin.take(key, TODAY, damaged=True).name == f"{key}-damaged"
    assert blob_bin.keys() == set()
    assert not blob_bin.put_back(key)


def test_deleting_takes_every_copy(blobs: BlobStore, blob_bin: BlobBin) -> None:
    key, other = put(blobs), put(blobs, b"spleen")
    blob_bin.take(other, TODAY)
    for day in (TODAY, TODAY + timedelta(days=1)):
        put(blobs)
        blob_bin.take(key, day)
    put(blobs)
    blob_bin.take(key, TODAY, damaged=True)
    blob_bin.delete({key})
    assert [path.name for path in blob_bin.root.glob("*/*")] == [other]


def test_the_bin_keeps_30_days_and_only_its_own_folders_go(blobs: BlobStore, blob_bin: BlobBin) -> None:
    for days in (0, 30, 31, 400):
        put(blobs)
        blob_bin.take(put(blobs), TODAY - timedelta(days=days))
    outside = blob_bin.root.parent / "elsewhere"
    outside.mkdir()
    (blob_bin.root / "2020-01-01").symlink_to(outside)
    for name in ("2020-13-45", "mine", "2020-01-01x"):
        (blob_bin.root / name).mkdir()
    assert blob_bin.empty(TODAY) == ["2025-10-21", "2026-10-25"]
    assert outside.is_dir()
    kept = {"2026-11-25", "2026-10-26", "2020-01-01", "2020-13-45", "mine", "2020-01-01x"}
    assert {path.name for path in blob_bin.root.iterdir()} == kept


def test_an_empty_bin_takes_no_folder(blob_bin: BlobBin) -> None:
    assert (blob_bin.keys(), blob_bin.empty(TODAY)) == (set(), [])
    assert not blob_bin.root.exists()


def test_a_bin_on_another_disk_than_the_blobs_is_copied_to(
    blobs: BlobStore, blob_bin: BlobBin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put(blobs)
    replace = Path.replace

    def within_a_disk(self: Path, target: Path) -> Path:
        if (blobs.root in self.parents) != (blobs.root in target.parents):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", within_a_disk)
    target = blob_bin.take(key, TODAY)
    assert (target.read_bytes(), blobs.exists(key)) == (b"liver", False)
    assert [path.name for path in target.parent.iterdir()] == [key]
    assert blob_bin.put_back(key)
    assert (blobs.verified_path(key).read_bytes(), target.exists()) == (b"liver", False)
    assert list((blobs.root / "incoming").iterdir()) == []
