"""/api/volumes/{id}/runs, /api/runs and the models they add to a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from backend.http.identity import Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.answers import ModelAnswer, RunAnswer
from backend.schemas.requests import CancelBody, ProjectId, RunBody, RunId, VolumeId
from backend.services.choices import AskedChoice

if TYPE_CHECKING:
    from backend.services import Services


def run_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of runs and models."""
    router = APIRouter()
    runs = services.runs

    @router.post("/volumes/{volume_id}/runs", status_code=201)
    async def create_run(owner: WritingOwner, volume_id: VolumeId, body: RunBody) -> RunAnswer:
        """Queue a run on the slices as they are painted now."""
        # What a run will store is not known before it ends; an owner with a full quota must not start one.
        await work.write(services.quotas.require_bytes, owner, 0)
        asked = AskedChoice(body.method, body.encoder, body.seed, body.afresh)
        return await work.write(
            runs.create, owner, volume_id, body.kind, body.plane, body.model_id, body.settings, asked
        )

    @router.get("/volumes/{volume_id}/runs")
    def list_runs(owner: Owner, volume_id: VolumeId) -> list[RunAnswer]:
        """The volume's newest runs, newest first."""
        return runs.of_volume(owner, volume_id)

    @router.get("/runs/{run_id}")
    def get_run(owner: Owner, run_id: RunId) -> RunAnswer:
        """A run as it stands."""
        return runs.get(owner, run_id)

    @router.post("/runs/{run_id}/cancel")
    async def cancel_run(owner: WritingOwner, run_id: RunId, body: CancelBody | None = None) -> RunAnswer:
        """Stop a run: at once if it waits, within seconds if it runs; harmless if it has ended."""
        return await work.write(runs.cancel, owner, run_id)

    @router.get("/projects/{project_id}/models")
    def list_models(owner: Owner, project_id: ProjectId) -> list[ModelAnswer]:
        """The project's newest models, newest first."""
        return runs.models(owner, project_id)

    return router
