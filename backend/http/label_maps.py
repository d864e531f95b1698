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
from backend.services.label_reading import parsed_reading
from fewshot_sam.data.label_reading import LabelReading

if TYPE_CHECKING:
    from backend.services import Services

READING_ANSWERS = {
    "grid": "nearest, where the label map is on another grid: each voxel gets the label nearest to it",
    "overlap": "first or last, where segments overlap: which of them counts, in the order of their file",
}
"""Fields of a form with a label map that answer what its reader asks, and what they say."""


def answered_reading(form: ReceivedForm) -> LabelReading:
    """What the form answers of that. Raises InvalidRequestError where it is none of the answers."""
    return parsed_reading(form.fields.get("grid"), form.fields.get("overlap"))


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
