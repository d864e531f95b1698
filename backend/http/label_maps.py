"""Label maps that come as a multipart form, with what is sent beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from backend.asker import Asker
from backend.http.bodies import content_length
from backend.http.departure import stopping_with_client
from backend.http.multipart import ReceivedForm, receive_form
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork

if TYPE_CHECKING:
    from backend.services import Services


@asynccontextmanager
async def received_label_map(
    services: Services, work: ApiWork, slots: UploadSlots, asker: Asker, volume_id: str, request: Request
) -> AsyncIterator[tuple[ReceivedForm, Callable[[], None]]]:
    """The form, and a check that raises once the client is gone; the files are deleted afterwards."""
    length = content_length(request.headers)
    with slots.hold(asker.id, length, await run_in_threadpool(slots.on_disk)):
        await work.write(services.additions.on_volume, asker, volume_id, length or 0)
        folder = await work.write(services.volumes.new_label_map_folder, asker, volume_id)
        try:
            form = await receive_form(request, folder, services.config.max_upload_bytes)
            async with stopping_with_client(request) as check:
                yield form, check
        finally:
            await remove_upload(folder)
