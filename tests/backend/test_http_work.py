"""Computing for several owners: turns, and how many may wait."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import anyio
import numpy as np
import pytest

from backend.errors import BusyError, TooManyError
from backend.exports.nifti import with_codes
from backend.http import work as work_module
from backend.http.work import MAX_COMPUTING_OF_ONE_OWNER, ApiWork
from backend.media.surfaces import label_surface
from storage import arrays
from storage.blobs import BlobStore
from tests.event_loop import run_in_loop


def test_one_owner_leaves_a_core_to_others() -> None:
    let_go = threading.Event()

    async def others_turn() -> str:
        work = ApiWork(multi_user=True)
        async with anyio.create_task_group() as tasks:
            for _ in range(MAX_COMPUTING_OF_ONE_OWNER):
                tasks.start_soon(work.compute, "a", let_go.wait, 20)
            await anyio.sleep(0.05)
            try:
                with pytest.raises(TooManyError, match="At most 8 exports and 3D views"):
                    await work.compute("a", lambda: None)
                with anyio.fail_after(10):
                    return await work.compute("b", lambda: "made")
            finally:
                let_go.set()

    assert run_in_loop(others_turn) == "made"


def test_the_queue_of_all_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_module, "MAX_COMPUTING", 3)
    let_go = threading.Event()

    async def fill() -> None:
        work = ApiWork(multi_user=True)
        async with anyio.create_task_group() as tasks:
            for owner in "abc":
                tasks.start_soon(work.compute, owner, let_go.wait, 20)
            await anyio.sleep(0.05)
            try:
                with pytest.raises(BusyError, match="Try again in a minute"):
                    await work.compute("d", lambda: None)
            finally:
                let_go.set()
        assert await work.compute("d", lambda: 1) == 1
        assert not work._lanes  # owners who wait for nothing are forgotten

    run_in_loop(fill)


def test_surfaces_and_masks_take_little_more_than_a_byte_a_voxel(blobs: BlobStore) -> None:
    mask = np.zeros((480, 480, 300), np.uint8, order="F")
    mask[10:470, 10:470, 10:290] = 7
    key = arrays.put_mask(blobs, mask)
    inside = mask == 7
    tracemalloc.start()
    try:
        label_surface(inside, np.eye(4))
        assert tracemalloc.get_traced_memory()[1] < 1.5 * mask.nbytes
        tracemalloc.reset_peak()
        loaded = arrays.load_mask(blobs, key, (480, 480, 300))
        with_codes(loaded, [{"value": 7, "code": 9}])
        assert tracemalloc.get_traced_memory()[1] < 2.5 * mask.nbytes
    finally:
        tracemalloc.stop()
    assert np.array_equal(loaded, mask)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")
