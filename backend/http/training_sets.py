"""/api/projects/{id}/training-set: scans and masks as a training set, in one zip, sent while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from backend.asker import Asker
from backend.exports.training_set import TrainingChoice
from backend.http.documents import bytes_answer
from backend.http.file_names import content_disposition
from backend.http.identity import Owner, asker_now
from backend.http.streamed import ENDED, Places, StreamedPieces, pieces
from backend.http.work import ApiWork
from backend.schemas.enums import TrainingLayout
from backend.schemas.requests import ProjectId, QueryAcceptedOnly, QueryLayout, QueryTest

if TYPE_CHECKING:
    from backend.services import Services

OF_ONE_OWNER, OF_ALL = 2, 8
"""Training sets on their way: each has a scan on the server's disk while its client takes its time."""


def training_set_routes(services: Services, work: ApiWork) -> APIRouter:
    """The route of training sets."""
    router = APIRouter()
    places = Places("training sets", OF_ONE_OWNER, OF_ALL)

    @router.get(
        "/projects/{project_id}/training-set",
        response_class=Response,
        responses=bytes_answer("the zip", "application/zip"),
    )
    async def download_training_set(
        request: Request,
        asker: Owner,
        project_id: ProjectId,
        layout: QueryLayout = TrainingLayout.NNUNET,
        accepted_only: QueryAcceptedOnly = False,
        test: QueryTest = False,
    ) -> Response:
        """A project's scans with their current masks in the layout of another program."""
        places.check(asker.id)
        sets, choice = services.training_sets, TrainingChoice(layout, accepted_only, test)
        plan = await work.compute(asker.id, sets.plan, asker, project_id, choice)
        headers = {"Content-Disposition": content_disposition(plan.file_name), "Cache-Control": "no-store"}

        def asker_still() -> Asker:
            now = asker_now(request, services.logins)
            services.masks.require_project(now, project_id)
            return now

        def ended() -> None:
            request.state.audited_as = ENDED

        file = StreamedPieces(lambda: sets.pieces(plan, asker_still), lambda: places.hold(asker.id))
        return StreamingResponse(
            pieces(work, asker.id, file, ended), headers=headers, media_type="application/zip"
        )

    return router
