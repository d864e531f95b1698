"""Scans that come in forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.http.bodies import content_length
from backend.http.departure import stopping_with_client
from backend.http.multipart import receive_form
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork
from backend.schemas.enums import ErrorCode

if TYPE_CHECKING:
    from backend.services import Services


@dataclass(frozen=True)
class ReceivedScan:
    """A scan that came in a form.

    Attributes:
        volume_id: the volume that it is.
        is_new: it was not in the project before.
        params: the field of that name.
    """

    volume_id: str
    is_new: bool
    params: str


async def received_scan(
    services: Services, work: ApiWork, slots: UploadSlots, asker: Asker, project_id: str, request: Request
) -> ReceivedScan:
    """The volume of the scan in a request's form: a new one, or that which is the same scan.

    Raises:
        InvalidRequestError: the form is malformed.
        UserError: the files cannot be used, or leave something to choose, which is done on the page.
    """
    length = content_length(request.headers)
    volumes = services.volumes
    with slots.hold(asker.id, length, await run_in_threadpool(slots.on_disk)):
        await work.write(services.additions.volume, asker, project_id, length or 0)
        folder = await work.write(volumes.new_upload_folder, asker, project_id)
        try:
            form = await receive_form(request, folder, services.config.max_upload_bytes)
            if len(form.files) > 1:
                raise InvalidRequestError(f"An image must be sent as one file, got {len(form.files)}.")
            params = form.fields.get("params", "")
        except BaseException:  # a client that went away too: nothing half-received stays
            await remove_upload(folder)
            raise
        async with stopping_with_client(request) as check:
            try:
                found = await work.import_files(volumes.import_upload, asker, project_id, folder, check=check)
            except ConflictError as error:
                if (there := _same_scan(error)) is None:
                    raise
                return ReceivedScan(there, False, params)
            return ReceivedScan(found.id, True, params)


def _same_scan(error: ConflictError) -> str | None:
    """The volume that is the scan which was uploaded again; None for another conflict."""
    volume_id = error.details.get("volume_id") if error.details.get("code") == ErrorCode.SAME_SCAN else None
    return str(volume_id) if volume_id else None
