"""Two readers at most; others wait, but not for ever and not in any number."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.errors import BusyError
from backend.services import Services
from backend.services.reader_pool import ReaderPool
from tests.backend.conftest import OWNER
from tests.backend.tiny import write_tiny_nifti


def test_no_more_work_at_once_than_allowed() -> None:
    pool = ReaderPool(max_readers=2, max_at_once=8)
    both_work, working, most, lock = threading.Barrier(2), 0, 0, threading.Lock()

    def read(_: int) -> None:
        nonlocal working, most
        with pool.reader():
            with lock:
                working += 1
                most = max(most, working)
            both_work.wait(10)  # two are here at once, or this fails
            with lock:
                working -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, range(8)))
    assert most == 2


def test_one_that_waits_too_long_is_refused() -> None:
    pool = ReaderPool(max_readers=1, max_wait_s=0.01)
    with pool.reader(), pytest.raises(BusyError, match="Try again in a minute"), pool.reader():
        pass
    with pool.reader():  # the place is free again
        pass


def test_only_some_may_wait() -> None:
    pool = ReaderPool(max_readers=1, max_at_once=2, max_wait_s=30)
    first_reads, done = threading.Event(), threading.Event()

    def read() -> None:
        with pool.reader():
            first_reads.set()
            done.wait(30)

    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(read) for _ in range(2)]
        first_reads.wait(30)
        while pool._admitted.acquire(blocking=False):  # until the second waits
            pool._admitted.release()
        with pytest.raises(BusyError, match="can take no more now"), pool.reader():
            pass
        done.set()
        for future in waiting:
            future.result(30)


def test_an_error_frees_the_place() -> None:
    pool = ReaderPool(max_readers=1, max_at_once=1, max_wait_s=0)
    for _ in range(3):
        with pytest.raises(KeyError), pool.reader():
            raise KeyError


def test_imports_of_every_kind_share_the_places(
    services: Services, project_id: str, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ReaderPool(max_readers=1, max_at_once=1)
    monkeypatch.setattr(services.readers, "_pool", pool)
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_tiny_nifti(folder / "belly.nii")
    labels = write_tiny_nifti(tmp_path / "labels.nii")
    with pool.reader():
        with pytest.raises(BusyError, match="is reading other files"):
            services.label_import.import_label_map(OWNER, volume_id, [labels])
        with pytest.raises(BusyError, match="is reading other files"):
            services.volumes.import_upload(OWNER, project_id, folder)
    assert not folder.exists()
    assert services.label_import.import_label_map(OWNER, volume_id, [labels]).slices == [0, 1, 2, 3]
