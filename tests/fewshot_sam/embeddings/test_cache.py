"""The embedding cache: its files, and several users of it at once."""

from __future__ import annotations

import dataclasses
import errno
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.embeddings import cache as cache_module
from fewshot_sam.embeddings.cache import CacheKey, EmbeddingCache
from fewshot_sam.errors import UserError

KEY = CacheKey("c0ffee" * 10 + "abcd", "axial", "toy", "window 0 1", 6, (4, 3, 2))


def embedding(index: int) -> np.ndarray:
    return np.full(KEY.embedding_shape, index + 0.5, np.float32)


def fill(root: Path) -> list[int]:
    """Open the entry and write what is missing; the slices written."""
    embeddings = EmbeddingCache(root).open(KEY)
    missing = np.flatnonzero(~embeddings.done).tolist()
    for index in missing:
        embeddings.write(index, embedding(index))
    return missing


def assert_whole(root: Path) -> None:
    embeddings = EmbeddingCache(root).open(KEY)
    assert embeddings.done.all()
    for index in range(KEY.slices):
        np.testing.assert_array_equal(embeddings.read(index), embedding(index))


def test_written_slices_are_read_back_as_float16(tmp_path: Path) -> None:
    embeddings = EmbeddingCache(tmp_path).open(KEY)
    assert len(embeddings) == 6
    assert not embeddings.done.any()
    embeddings.write(3, embedding(3))
    assert embeddings.done.tolist() == [False, False, False, True, False, False]
    assert embeddings.read(3).dtype == np.float16
    (file,) = tmp_path.glob("*/embeddings.f16")
    assert file.stat().st_size == 6 * 4 * 3 * 2 * 2
    stored = np.fromfile(file, np.float16).reshape(6, 4, 3, 2)
    assert (stored[3] == 3.5).all()


def test_a_slice_not_done_cannot_be_read(tmp_path: Path) -> None:
    embeddings = EmbeddingCache(tmp_path).open(KEY)
    with pytest.raises(KeyError, match="slice 2 has no embedding yet"):
        embeddings.read(2)


def test_embeddings_cannot_be_changed_through_what_is_read(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        EmbeddingCache(tmp_path).open(KEY).read(0)[0] = 1


def test_a_wrong_shape_is_refused(tmp_path: Path) -> None:
    embeddings = EmbeddingCache(tmp_path).open(KEY)
    with pytest.raises(ValueError, match=r"must have shape \(4, 3, 2\), got \(4, 3, 3\)"):
        embeddings.write(0, np.zeros((4, 3, 3)))
    assert not embeddings.done.any()


def test_a_second_opening_finds_everything(tmp_path: Path) -> None:
    assert fill(tmp_path) == list(range(6))
    assert fill(tmp_path) == []
    assert_whole(tmp_path)


def test_another_users_slices_show_up_in_an_open_entry(tmp_path: Path) -> None:
    open_before = EmbeddingCache(tmp_path).open(KEY)
    fill(tmp_path)
    assert open_before.done.all()
    np.testing.assert_array_equal(open_before.read(5), embedding(5))


@pytest.mark.parametrize(
    "change",
    [
        {"content_hash": "c0ffee" * 10 + "abce"},
        {"plane": "coronal"},
        {"encoder": "other"},
        {"preparation": "window 0 2"},
        {"slices": 7},
        {"embedding_shape": (4, 2, 3)},
    ],
)
def test_every_part_of_the_key_counts(tmp_path: Path, change: dict) -> None:
    fill(tmp_path)
    assert not EmbeddingCache(tmp_path).open(dataclasses.replace(KEY, **change)).done.any()


@pytest.mark.parametrize("name", ["embeddings.f16", "done.u8"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, name: str, damage: str) -> None:
    fill(tmp_path)
    (file,) = tmp_path.glob(f"*/{name}")
    if damage == "gone":
        file.unlink()
    else:
        with file.open("r+b") as opened:
            opened.truncate(2)
    assert fill(tmp_path) == list(range(6))
    assert_whole(tmp_path)


def test_the_embedding_is_on_disk_before_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process killed between the two leaves a slice that counts as missing."""
    embeddings = EmbeddingCache(tmp_path).open(KEY)
    written = []
    write_at = cache_module._write_at

    def stop_at_the_mark(path: Path, *args: object, **kwargs: object) -> None:
        written.append(path.name)
        if path.name == "done.u8":
            raise KeyboardInterrupt
        write_at(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(cache_module, "_write_at", stop_at_the_mark)
    with pytest.raises(KeyboardInterrupt):
        embeddings.write(1, embedding(1))
    monkeypatch.undo()
    assert written == ["embeddings.f16", "done.u8"]
    assert fill(tmp_path) == list(range(6))


def test_a_full_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = EmbeddingCache(tmp_path).open(KEY)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache_module, "_write_at", full)
    with pytest.raises(UserError, match=r"disk of the embedding cache .* is full; free some space"):
        embeddings.write(0, embedding(0))
    assert not embeddings.done.any()


def test_removing_a_volume_leaves_the_others(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    other = dataclasses.replace(KEY, content_hash="ab" * 32)
    reader = cache.open(KEY)
    for key in (KEY, dataclasses.replace(KEY, plane="coronal"), other):
        cache.open(key).write(0, embedding(0))
    one_entry = 6 * 24 * 2 + 6
    assert cache.size_bytes() > 3 * one_entry
    cache.remove_volume(KEY.content_hash)
    assert one_entry < cache.size_bytes() < 2 * one_entry + 1000
    assert cache.open(other).done[0]
    np.testing.assert_array_equal(reader.read(0), embedding(0))  # who has it open keeps it
    assert not cache.open(KEY).done.any()


def test_threads_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, [tmp_path] * 24))
    assert_whole(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1  # no drafts are left


def test_processes_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(_fill_in_a_process, [str(tmp_path)] * 8))
    assert_whole(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def _fill_in_a_process(root: str) -> None:
    fill(Path(root))


def filled_entry(root: Path, letter: str, opened_at: float) -> CacheKey:
    """A whole entry of 64 KiB of another volume, opened at that time for the last time."""
    key = dataclasses.replace(KEY, content_hash=letter * 64, embedding_shape=(64, 8, 8), slices=8)
    embeddings = EmbeddingCache(root).open(key)
    for index in range(key.slices):
        embeddings.write(index, np.ones(key.embedding_shape, np.float32))
    for path in (root / key.folder_name, *(root / key.folder_name).iterdir()):
        os.utime(path, (opened_at, opened_at))
    return key


def test_trimming_deletes_what_was_opened_least_recently(tmp_path: Path) -> None:
    now = time.time()
    keys = [filled_entry(tmp_path, letter, now - age_s) for letter, age_s in (("a", 9000), ("b", 8000))]
    newest = filled_entry(tmp_path, "c", now)
    cache = EmbeddingCache(tmp_path)
    on_disk = sum(file.stat().st_blocks * 512 for file in tmp_path.glob("*/*"))
    assert cache.trim(on_disk + 2**20) == 0, "all of it fits"
    assert cache.trim(on_disk - 2**15) > 0
    assert not (tmp_path / keys[0].folder_name).exists()
    assert cache.open(keys[1]).done.all()
    assert cache.open(newest).done.all()


def test_trimming_leaves_what_is_in_use(tmp_path: Path) -> None:
    key = filled_entry(tmp_path, "a", time.time() - 9000)
    EmbeddingCache(tmp_path).open(key).write(0, np.ones(key.embedding_shape, np.float32))
    os.utime(tmp_path / key.folder_name, (0, 0))
    assert EmbeddingCache(tmp_path).trim(0) == 0
    assert EmbeddingCache(tmp_path).open(key).done.all()
    assert EmbeddingCache(tmp_path / "none").trim(0) == 0
