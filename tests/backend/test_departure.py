"""Work that ends when its client goes away."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from backend.http.departure import stopping_with_client
from backend.services import Services
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.io.sandbox import process
from storage.models import UploadRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, write_tiny_nifti

SLEEPING = [sys.executable, "-c", "import time; time.sleep(600)"]


def in_a_thread(leave: bool) -> tuple[str, list[bool]]:
    """Check from a thread until the client leaves, or once; the error that came out, and what was seen."""
    seen: list[bool] = []

    async def whole() -> str:
        messages: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        begun = threading.Event()

        def work(check: Callable[[], None]) -> None:
            check()
            seen.append(True)
            begun.set()
            while leave:
                check()

        try:
            async with stopping_with_client(Request(scope, messages.get)) as check:
                working = asyncio.create_task(asyncio.to_thread(work, check))
                await messages.put({"type": "http.request", "body": b"", "more_body": False})
                if leave:
                    await asyncio.to_thread(begun.wait)
                    await messages.put({"type": "http.disconnect"})
                await working
        except ClientDisconnect as error:
            return type(error.__cause__).__name__
        return ""

    return asyncio.run(asyncio.wait_for(whole(), 30)), seen


def test_a_client_that_stays_is_answered() -> None:
    assert in_a_thread(leave=False) == ("", [True])


def test_a_client_that_goes_away_ends_the_work() -> None:
    assert in_a_thread(leave=True) == (OperationCancelled.__name__, [True])


def test_other_errors_pass_through() -> None:
    async def whole() -> None:
        async with stopping_with_client(Request({"type": "http"}, asyncio.Event().wait)):  # type: ignore[arg-type]
            raise ValueError("another one")

    with pytest.raises(ValueError, match="another one"):
        asyncio.run(whole())


def test_reading_that_is_cancelled_ends_the_reader_and_keeps_nothing(
    services: Services, project_id: str, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader would sleep for ten minutes."""
    started: list[Any] = []
    original = process.subprocess.Popen

    def note(*arguments: Any, **options: Any) -> Any:
        started.append(original(*arguments, **options))
        return started[-1]

    def check() -> None:
        if started:
            raise OperationCancelled("the client went away")

    monkeypatch.setattr(process, "command", lambda _folder: SLEEPING)
    monkeypatch.setattr(process.subprocess, "Popen", note)
    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    with pytest.raises(OperationCancelled):
        services.label_import.import_label_map(OWNER, volume_id, [path], check=check)
    assert started[0].poll() is not None
    assert services.annotations.list_latest(OWNER, volume_id) == []
    assert services.projects.get(OWNER, project_id).labels == []


def test_what_is_cancelled_last_keeps_nothing_either(
    services: Services, project_id: str, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client goes away while the slices are stored."""
    stored = threading.Event()

    def check() -> None:
        if stored.is_set():
            raise OperationCancelled("the client went away")

    save = "backend.services.paint_choices.SliceImport.used_values"
    monkeypatch.setattr(save, lambda _self: (stored.set(), {1})[1])
    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    with pytest.raises(OperationCancelled):
        services.label_import.import_label_map(OWNER, volume_id, [path], check=check)
    assert stored.is_set()
    assert services.annotations.list_latest(OWNER, volume_id) == []
    assert services.projects.get(OWNER, project_id).labels == []


def uploaded_scan(services: Services, project_id: str) -> Path:
    """The folder of an upload that holds one scan."""
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_tiny_nifti(folder / "scan.nii", np.ones(SHAPE, np.int16))
    return folder


def cancelling(monkeypatch: pytest.MonkeyPatch, late: bool) -> tuple[Callable[[], None], threading.Event]:
    """A check of a client that goes away while a reader sleeps or, late, while what it read is stored."""
    stored = threading.Event()
    monkeypatch.setattr("backend.services.volumes.add_requests", lambda *_arguments: stored.set())

    def check() -> None:
        if stored.is_set() or not late:
            raise OperationCancelled("the client went away")

    if not late:
        monkeypatch.setattr(process, "command", lambda _folder: SLEEPING)
    return check, stored


@pytest.mark.parametrize("late", [False, True])
def test_a_scan_whose_upload_is_cancelled_leaves_nothing_behind(
    services: Services, project_id: str, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    check, stored = cancelling(monkeypatch, late)
    folder = uploaded_scan(services, project_id)
    with pytest.raises(OperationCancelled):
        services.volumes.import_upload(OWNER, project_id, folder, check=check)
    assert stored.is_set() is late
    assert not folder.exists()
    assert services.projects.get(OWNER, project_id).volumes == []
    blobs = [path for path in services.config.blobs_folder.rglob("*") if path.is_file()]
    assert blobs == []


@pytest.mark.parametrize("late", [False, True])
def test_a_choice_that_is_cancelled_takes_the_waiting_upload_with_it(
    services: Services, project_id: str, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    check, stored = cancelling(monkeypatch, late)
    folder = uploaded_scan(services, project_id)
    with services.database.write() as session:
        session.add(UploadRow(id=folder.name, project_id=project_id, choices=[]))
    with pytest.raises(OperationCancelled):
        services.volumes.choose_series(OWNER, folder.name, None, resample=True, check=check)
    assert stored.is_set() is late
    assert not folder.exists()
    assert services.projects.get(OWNER, project_id).volumes == []
    with services.database.read() as session:
        assert session.get(UploadRow, folder.name) is None
