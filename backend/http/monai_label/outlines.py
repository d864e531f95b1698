"""/infer/wsi: outlines of a picture, for QuPath, when the run that finds them is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.asker import Asker, Right
from backend.http.departure import stopping_with_client
from backend.http.documents import bytes_answer, form_body
from backend.http.identity import WritingOwner, asker_now
from backend.http.monai_label.receiving import received_scan
from backend.http.monai_label.requests import PROJECT, ImageQuery, ModelPath
from backend.http.monai_label.waiting import labelled
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId
from backend.services.monai_label.words import require_model

if TYPE_CHECKING:
    from backend.services import Services

XML = "application/xml"
_ANSWER = bytes_answer("ASAP's XML", XML)


def outline_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of outlines. They are of the whole picture, whatever part is asked for."""
    router = APIRouter(prefix=f"{PROJECT}/infer")

    async def outlines(request: Request, asker: Asker, volume_id: str, image: str) -> Response:
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        async with stopping_with_client(request) as check:
            mask_id = await labelled(services, work, asker, volume_id, check)
        now = asker_now(request, services.logins).wanting(Right.READ)  # it took long: the login may be over
        make = services.monai_label.results.outlines
        content = await work.compute(asker.id, make, now, mask_id, image)
        return Response(content, media_type=XML)

    @router.post("/wsi/{model}", response_class=Response, responses=_ANSWER)
    async def of_picture(
        asker: WritingOwner, project_id: ProjectId, model: ModelPath, request: Request, image: ImageQuery
    ) -> Response:
        """Outlines of a picture of the project."""
        require_model(model)
        await request.body()  # which part of it is asked for makes no difference
        volume = await run_in_threadpool(services.monai_label.images.find, asker, project_id, image)
        return await outlines(request, asker, volume.id, image)

    @router.post(
        "/wsi_v2/{model}",
        response_class=Response,
        responses=_ANSWER,
        openapi_extra=form_body("a picture", wsi="taken, and not used"),
    )
    async def of_sent_picture(
        asker: WritingOwner, project_id: ProjectId, model: ModelPath, request: Request
    ) -> Response:
        """Outlines of a picture that is sent, which becomes one of the project."""
        require_model(model)
        scan = await received_scan(services, work, slots, asker, project_id, request)
        return await outlines(request, asker, scan.volume_id, "")

    return router
