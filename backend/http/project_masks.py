"""/api/projects/{id}/masks: the masks of all volumes in one zip, sent while it is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from backend.asker import Asker
from backend.errors import BusyError, TooManyError
from backend.exports.project import ProjectToExport, VolumeToExport
from backend.exports.project_masks import MasksZip
from backend.http.documents import bytes_answer
from backend.http.file_names import content_disposition
from backend.http.identity import Owner
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId, QueryAcceptedOnly, QueryFormats
from storage.models import utc_now

if TYPE_CHECKING:
    from backend.services import Services

AGAIN_AFTER_S = 1.0


def project_mask_routes(services: Services, work: ApiWork) -> APIRouter:
    """The route of a project's masks."""
    router = APIRouter()

    @router.get(
        "/projects/{project_id}/masks",
        response_class=Response,
        responses=bytes_answer("the zip", "application/zip"),
    )
    async def download_masks(
        asker: Owner,
        project_id: ProjectId,
        format: QueryFormats = None,
        accepted_only: QueryAcceptedOnly = False,
    ) -> Response:
        """The current masks of a project's volumes, with tables of what they hold and what is missing."""
        find = services.exports.project_masks
        project = await work.compute(asker.id, find, asker, project_id, format or (), accepted_only)
        headers = {
            "Content-Disposition": content_disposition(project.file_name),
            "Cache-Control": "no-store",
        }
        pieces = _pieces(services, work, asker, project, tuple(dict.fromkeys(format or ())))
        return StreamingResponse(pieces, headers=headers, media_type="application/zip")

    return router


async def _pieces(
    services: Services, work: ApiWork, asker: Asker, project: ProjectToExport, formats: tuple[str, ...]
) -> AsyncIterator[bytes]:
    """The zip, a volume at a time. What cannot be exported is named in its table, and the rest is sent."""

    def make(item: VolumeToExport) -> bytes:
        if item.mask is None or item.missing:
            return archive.add(item, (), item.missing)
        names = formats or item.usual_formats
        files, notes = services.exports.files(asker, item.mask.id, names)
        return archive.add(item, files, " ".join(notes))

    archive = MasksZip(project, utc_now())
    for item in project.volumes:
        yield await _when_there_is_room(work, asker, make, item)
    yield archive.close()


async def _when_there_is_room(
    work: ApiWork, asker: Asker, make: Callable[[VolumeToExport], bytes], item: VolumeToExport
) -> bytes:
    """Compute, also where others compute just now: half of a zip is of no use to anybody."""
    while True:
        try:
            return await work.compute(asker.id, make, item)
        except (BusyError, TooManyError):
            await asyncio.sleep(AGAIN_AFTER_S)
