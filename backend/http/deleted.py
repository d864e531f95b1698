"""/api/deleted and /api/projects/{id}/deleted: what is deleted and can be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.http.documents import bytes_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.media import thumbnail_response
from backend.http.work import ApiWork
from backend.schemas.deleted import DeletedAnswer, DeletedId, RestoreBody, RestoredAnswer
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services


def deleted_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of the bin."""
    router = APIRouter()
    deleted = services.deleted

    @router.get("/deleted")
    def list_deleted_projects(asker: Owner) -> list[DeletedAnswer]:
        """The asker's own projects that are deleted and can be restored, the last one first."""
        return deleted.projects(asker)

    @router.get("/projects/{project_id}/deleted")
    def list_deleted(asker: Owner, project_id: ProjectId) -> list[DeletedAnswer]:
        """Volumes and labels that were deleted from a project and can be restored, the last one first."""
        return deleted.of_project(asker, project_id)

    @router.post("/deleted/{deleted_id}/restore")
    async def restore_deleted(
        asker: WritingOwner, deleted_id: DeletedId, body: RestoreBody | None = None
    ) -> RestoredAnswer:
        """Bring a project, volume or label back as it was, and say what stays as it is."""
        return await work.write(deleted.restore, asker, deleted_id)

    @router.delete("/deleted/{deleted_id}", status_code=204)
    async def delete_for_good(asker: WritingOwner, deleted_id: DeletedId) -> None:
        """Delete a project, volume or label that is deleted for good, with all its files."""
        await work.write(deleted.delete_for_good, asker, deleted_id)

    @router.get(
        "/deleted/{deleted_id}/thumbnail.png",
        response_class=Response,
        responses=bytes_answer("a PNG, 96 pixels at most"),
    )
    async def deleted_thumbnail(asker: Owner, deleted_id: DeletedId, request: Request) -> Response:
        """The picture of a deleted volume."""
        item = await run_in_threadpool(deleted.thumbnail, asker, deleted_id)
        return await thumbnail_response(request, work, asker.id, services.media, item)

    return router
