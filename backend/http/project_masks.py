"""/api/projects/{id}/masks: the masks of all volumes in one zip, sent while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from backend.asker import Asker
from backend.exports.project import ProjectToExport, VolumeToExport
from backend.exports.project_masks import MasksZip
from backend.http.documents import bytes_answer
from backend.http.file_names import content_disposition
from backend.http.identity import Owner, asker_now
from backend.http.streamed import ENDED, pieces
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId, QueryAcceptedOnly, QueryFormats
from storage.models import utc_now

if TYPE_CHECKING:
    from backend.services import Services


def project_mask_routes(services: Services, work: ApiWork) -> APIRouter:
    """The route of a project's masks."""
    router = APIRouter()

    @router.get(
        "/projects/{project_id}/masks",
        response_class=Response,
        responses=bytes_answer("the zip", "application/zip"),
    )
    async def download_masks(
        request: Request,
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

        def asker_still() -> Asker:
            now = asker_now(request, services.logins)
            services.masks.require_project(now, project_id)
            return now

        def ended() -> None:
            request.state.audited_as = ENDED

        archive = _Archive(services, asker_still, project, tuple(dict.fromkeys(format or ())))
        sent = pieces(work, asker.id, archive, ended)
        return StreamingResponse(sent, headers=headers, media_type="application/zip")

    return router


class _Archive:
    """The zip as it is made. What cannot be exported is named in its table, and the rest is sent.

    Args:
        asker_still: who asks; raises where that person is not logged in any more, or may not look at the
            project any more.
    """

    def __init__(
        self,
        services: Services,
        asker_still: Callable[[], Asker],
        project: ProjectToExport,
        formats: tuple[str, ...],
    ) -> None:
        self._exports = services.exports
        self._asker_still = asker_still
        self._project = project
        self._formats = formats
        self._zip = MasksZip(project, utc_now())

    def steps(self) -> Iterator[Callable[[], bytes]]:
        """What makes the next bytes, each when it is called."""
        for item in self._project.volumes:
            yield partial(self._add, item)
        yield self._close

    def abandon(self) -> None:
        """Let go of a zip that breaks off."""
        # No thread writes to it any more: where a client goes away, its request is cancelled only once the
        # step that it computes is done (ApiWork's threads hold that off). And no member is open: zipfile ends
        # one that breaks off. What an export writes to the disk it removes itself, before a step ends.
        self._zip.abandon()

    def _add(self, item: VolumeToExport) -> bytes:
        asker = self._asker_still()
        if item.mask is None or item.missing:
            return self._zip.add(item, (), item.missing)
        names = self._formats or item.usual_formats
        files, notes = self._exports.files(asker, item.mask.id, names)
        return self._zip.add(item, files, " ".join(notes))

    def _close(self) -> bytes:
        self._asker_still()
        return self._zip.close()
