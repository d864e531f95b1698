"""A project's masks whose client goes away, or of which a volume fails: nothing of them is left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import numpy as np
import pytest

from backend.exports import base
from backend.exports.base import ExportFile
from backend.http.project_masks import _Archive
from backend.http.streamed import pieces as sent_pieces
from backend.http.work import ApiWork
from backend.services import Services
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume


@pytest.fixture
def archive(services: Services, project_id: str) -> _Archive:
    """Of two volumes with masks."""
    for _ in range(2):
        volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
        store_mask(services, volume, np.ones(SHAPE, np.uint8))
    project = services.exports.project_masks(OWNER, project_id, (), False)
    return _Archive(services, lambda: OWNER, project, ())


def is_closed(archive: _Archive) -> bool:
    return archive._zip.is_closed


def run_quietly(begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end, with what is cleaned up behind it; nothing may be raised on the event loop."""
    raised: list[dict[str, Any]] = []

    async def noted() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
        await begin()

    asyncio.run(noted())
    assert raised == []


def nothing_ended() -> None:
    pytest.fail("the right to the zip was not lost")


def test_a_client_goes_away_between_two_volumes(services: Services, archive: _Archive) -> None:
    async def begin() -> None:
        pieces = sent_pieces(ApiWork(), OWNER.id, archive, nothing_ended)
        assert (await anext(pieces)).startswith(b"PK")
        assert not is_closed(archive)
        await pieces.aclose()  # type: ignore[attr-defined]

    run_quietly(begin)
    assert is_closed(archive)
    assert list(services.config.temporary_folder.iterdir()) == []


def test_a_client_goes_away_while_a_volume_is_added(
    services: Services, archive: _Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, go_on = threading.Event(), threading.Event()
    closed_meanwhile: list[bool] = []
    save = base.save_label_map

    def saved_slowly(*args: Any) -> None:
        under_way.set()
        go_on.wait(30)
        closed_meanwhile.append(is_closed(archive))
        save(*args)

    monkeypatch.setattr(base, "save_label_map", saved_slowly)

    async def read() -> None:
        async for _ in sent_pieces(ApiWork(), OWNER.id, archive, nothing_ended):
            await anyio.sleep(0)  # as sending does, where it ends
            pytest.fail("nobody is there to take it")

    async def begin() -> None:
        async with anyio.create_task_group() as tasks:  # as the server does it
            tasks.start_soon(read)
            await asyncio.to_thread(under_way.wait, 30)
            asyncio.get_running_loop().call_later(0.1, go_on.set)  # this task is cancelled, too
            tasks.cancel_scope.cancel()

    try:
        run_quietly(begin)
    finally:
        go_on.set()
    assert closed_meanwhile == [False]
    assert is_closed(archive)
    assert list(services.config.temporary_folder.iterdir()) == []


def test_a_volume_fails_while_it_is_added(
    services: Services, archive: _Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = services.exports.files

    def no_bytes(*args: Any) -> tuple[list[ExportFile], list[str]]:
        files, notes = whole(*args)
        return [ExportFile(each.name, each.media_type, None) for each in files], notes  # type: ignore[arg-type]

    async def begin() -> None:
        pieces = sent_pieces(ApiWork(), OWNER.id, archive, nothing_ended)
        await anext(pieces)
        monkeypatch.setattr(services.exports, "files", no_bytes)
        with pytest.raises(TypeError):
            await anext(pieces)

    run_quietly(begin)
    assert is_closed(archive)
    assert list(services.config.temporary_folder.iterdir()) == []
