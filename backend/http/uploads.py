"""Uploads: how many may be on their way at once, how many bytes of them on the disk, and when they go."""

from __future__ import annotations

import functools
import shutil
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
from anyio import to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from backend.config import GIGABYTE, Config
from backend.errors import BusyError, TooManyError
from backend.http.bodies import content_length
from backend.http.multipart import ReceivedForm, receive_form
from backend.http.work import ApiWork
from backend.services.quotas import folder_bytes

AT_ONCE_OF_ONE_OWNER = 2
AT_ONCE_OF_ONE_USER = 8  # on one's own machine
TOTAL_OF_LARGEST = 4  # all uploads together may take as much disk as so many of the largest allowed


async def remove_upload(folder: Path) -> None:
    """Delete what was received, in a thread, also while the request is being cancelled."""
    with anyio.CancelScope(shield=True):
        await to_thread.run_sync(functools.partial(shutil.rmtree, folder, ignore_errors=True))


class UploadSlots:
    """Admits uploads; what is on its way counts with the size it announced, else with the largest."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._at_once = AT_ONCE_OF_ONE_OWNER if config.multi_user else AT_ONCE_OF_ONE_USER
        self._lock = threading.Lock()
        self._on_the_way: Counter[str] = Counter()  # by owner
        self._expected_bytes = 0

    def on_disk(self) -> int:
        """Bytes of uploads that are on the disk now, whole or in part."""
        return folder_bytes(self._config.uploads_folder)

    @contextmanager
    def hold(self, owner: str, announced_bytes: int | None, on_disk_bytes: int) -> Iterator[None]:
        """Count an upload while the block runs; ``on_disk_bytes`` as :meth:`on_disk` just said.

        Raises:
            TooManyError: the owner has as many uploads on the way as allowed.
            BusyError: the folder of uploads holds as much as it may.
        """
        largest = self._config.max_upload_bytes
        expected = largest if announced_bytes is None else min(announced_bytes, largest)
        with self._lock:
            if self._on_the_way[owner] >= self._at_once:
                raise TooManyError(
                    f"At most {self._at_once} uploads can be on their way at once. Wait for one to end."
                )
            allowed_bytes = TOTAL_OF_LARGEST * largest
            if max(on_disk_bytes, self._expected_bytes) + expected > allowed_bytes:
                raise BusyError(
                    f"Uploads on this server already take {allowed_bytes / GIGABYTE:.3g} GB. Try again later."
                )
            self._on_the_way[owner] += 1
            self._expected_bytes += expected
        try:
            yield
        finally:
            with self._lock:
                self._on_the_way[owner] -= 1
                self._expected_bytes -= expected
                self._on_the_way += Counter()  # forgets owners with none


@asynccontextmanager
async def received_form(
    request: Request,
    work: ApiWork,
    slots: UploadSlots,
    owner: str,
    admit: Callable[[int], None],
    new_folder: Callable[[], Path],
    max_bytes: int,
    needs_file: bool = True,
) -> AsyncIterator[ReceivedForm]:
    """The request's form while it is used; its files are deleted afterwards.

    Args:
        admit: told how many bytes come, as far as the request says, before any is received; it raises where
            they must not.
        new_folder: makes the folder that they are received into.
        max_bytes: of the form.
        needs_file: see :func:`backend.http.multipart.receive_form`.
    """
    length = content_length(request.headers)
    with slots.hold(owner, length, await run_in_threadpool(slots.on_disk)):
        await work.write(admit, length or 0)
        folder = await work.write(new_folder)
        try:
            yield await receive_form(request, folder, max_bytes, needs_file)
        finally:
            await remove_upload(folder)
