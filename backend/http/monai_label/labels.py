"""/datastore/label: what people painted, and what runs made; saved as painted slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.http.documents import bytes_answer, form_body
from backend.http.files import file_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.label_maps import received_label_map
from backend.http.monai_label.requests import PROJECT, ImageQuery, TagQuery
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId
from backend.services.monai_label.results import parse_params
from backend.services.monai_label.words import Tag, parse_tag

if TYPE_CHECKING:
    from backend.services import Services

_SAVE = form_body("a label map", params="JSON: label_info (name and idx of each segment), paint")


def label_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of labels. A label is called as its image."""
    router = APIRouter(prefix=f"{PROJECT}/datastore/label")

    @router.get("", response_class=Response, responses=bytes_answer("NIfTI", "application/gzip"))
    async def label(
        asker: Owner, project_id: ProjectId, label: ImageQuery, tag: TagQuery = Tag.FINAL
    ) -> Response:
        """A label of an image as NIfTI, with the labels' codes."""
        write, wanted = services.monai_label.label_file, parse_tag(tag)
        return file_answer(await work.compute(asker.id, write, asker, project_id, label, wanted))

    @router.head("")
    def label_exists(
        asker: Owner, project_id: ProjectId, image: ImageQuery, tag: TagQuery = Tag.FINAL
    ) -> Response:
        """Whether an image has such a label."""
        services.monai_label.label_info(asker, project_id, image, parse_tag(tag))
        return Response()

    @router.get("/info")
    def label_info(
        asker: Owner, project_id: ProjectId, label: ImageQuery, tag: TagQuery = Tag.FINAL
    ) -> dict[str, Any]:
        """What is known of a label."""
        return services.monai_label.label_info(asker, project_id, label, parse_tag(tag))

    @router.put("", openapi_extra=_SAVE)
    async def save_label(
        asker: WritingOwner,
        project_id: ProjectId,
        request: Request,
        image: ImageQuery,
        tag: TagQuery = Tag.FINAL,
    ) -> dict[str, Any]:
        """Paint slices of an image from a label map; "replaced" counts those that were painted before."""
        volume = await run_in_threadpool(services.monai_label.images.find, asker, project_id, image)
        received = received_label_map(services, work, slots, asker, volume.id, request)
        async with received as (form, check):
            params = parse_params(form.fields.get("params", ""))
            save = services.monai_label.save_label
            saved = await work.import_files(save, asker, volume, form.files, tag, params, check)
        replaced = sum(change.before > 0 for change in saved.changes)
        painted = {"slices": len(saved.slices), "changed": len(saved.changes), "replaced": replaced}
        return {"image": image, "label": image, **painted, "notes": saved.notes}

    return router
