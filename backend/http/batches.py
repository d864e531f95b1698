"""/api/projects/{id}/batches and /api/batches: a model applied to many volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from backend.http.identity import Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.batches import BatchAnswer, BatchBody, BatchId, BatchStepBody
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services


def batch_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of batches."""
    router = APIRouter()
    batches = services.batches

    @router.post("/projects/{project_id}/batches", status_code=201)
    async def create_batch(asker: WritingOwner, project_id: ProjectId, body: BatchBody) -> BatchAnswer:
        """Apply a model to many volumes, one after the other."""
        await work.write(services.additions.to_project, asker, project_id)
        return await work.write(batches.create, asker, project_id, body.model_id, body.volumes)

    @router.get("/projects/{project_id}/batches")
    def list_batches(asker: Owner, project_id: ProjectId) -> list[BatchAnswer]:
        """The project's newest batches, newest first."""
        return batches.of_project(asker, project_id)

    @router.get("/batches/{batch_id}")
    def get_batch(asker: Owner, batch_id: BatchId) -> BatchAnswer:
        """A batch as it stands, with each volume's state."""
        return batches.get(asker, batch_id)

    @router.post("/batches/{batch_id}/cancel")
    async def cancel_batch(
        asker: WritingOwner, batch_id: BatchId, body: BatchStepBody | None = None
    ) -> BatchAnswer:
        """Stop a batch: the volume under way within seconds, and no other begins."""
        return await work.write(batches.cancel, asker, batch_id)

    @router.post("/batches/{batch_id}/resume")
    async def resume_batch(
        asker: WritingOwner, batch_id: BatchId, body: BatchStepBody | None = None
    ) -> BatchAnswer:
        """Go on with the volumes that have no mask: cancelled, waiting and failed ones."""
        return await work.write(batches.resume, asker, batch_id)

    return router
