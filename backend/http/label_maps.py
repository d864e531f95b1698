"""Label maps that come as a multipart form, with what is sent beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request

from backend.asker import Asker
from backend.http.departure import stopping_with_client
from backend.http.multipart import ReceivedForm
from backend.http.uploads import UploadSlots, received_form
from backend.http.work import ApiWork

if TYPE_CHECKING:
    from backend.services import Services


@asynccontextmanager
async def received_label_map(
    services: Services, work: ApiWork, slots: UploadSlots, asker: Asker, volume_id: str, request: Request
) -> AsyncIterator[tuple[ReceivedForm, Callable[[], None]]]:
    """The form, and a check that raises once the client is gone; the files are deleted afterwards."""
    admit = partial(services.additions.on_volume, asker, volume_id)
    new_folder = partial(services.volumes.new_label_map_folder, asker, volume_id)
    most = services.config.max_upload_bytes
    async with (
        received_form(request, work, slots, asker.id, admit, new_folder, most) as form,
        stopping_with_client(request) as check,
    ):
        yield form, check
