"""/api/volumes/{id}/runs and masks, /api/runs and the models they add to a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from backend.http.identity import Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.answers import MaskAnswer, ModelAnswer, RunAnswer
from backend.schemas.requests import CancelBody, ProjectId, RunBody, RunId, TakeBody, VolumeId
from backend.services.choices import AskedChoice

if TYPE_CHECKING:
    from backend.services import Services


def run_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of runs and models."""
    router = APIRouter()
    runs = services.runs

    @router.post("/volumes/{volume_id}/runs", status_code=201)
    async def create_run(asker: WritingOwner, volume_id: VolumeId, body: RunBody) -> RunAnswer:
        """Queue a run on the slices as they are painted now."""
        # What a run will store is not known before it ends; where a quota is full none is started.
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        sources = None if body.sources is None else tuple(body.sources)
        asked = AskedChoice(body.method, body.encoder, body.seed, body.afresh, sources)
        return await work.write(
            runs.create, asker, volume_id, body.kind, body.plane, body.model_id, body.settings, asked
        )

    @router.post("/volumes/{volume_id}/masks", status_code=201)
    async def take_mask(asker: WritingOwner, volume_id: VolumeId, body: TakeBody | None = None) -> MaskAnswer:
        """Make a mask of what is painted, over the one that the volume has, by no model."""
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        plane = body.plane if body else None
        return await work.compute(asker.id, services.painted_masks.take, asker, volume_id, plane)

    @router.get("/volumes/{volume_id}/runs")
    def list_runs(asker: Owner, volume_id: VolumeId) -> list[RunAnswer]:
        """The volume's newest runs, newest first."""
        return runs.of_volume(asker, volume_id)

    @router.get("/runs/{run_id}")
    def get_run(asker: Owner, run_id: RunId) -> RunAnswer:
        """A run as it stands."""
        return runs.get(asker, run_id)

    @router.post("/runs/{run_id}/cancel")
    async def cancel_run(asker: WritingOwner, run_id: RunId, body: CancelBody | None = None) -> RunAnswer:
        """Stop a run: at once if it waits, within seconds if it runs; harmless if it has ended."""
        return await work.write(runs.cancel, asker, run_id)

    @router.get("/projects/{project_id}/models")
    def list_models(asker: Owner, project_id: ProjectId) -> list[ModelAnswer]:
        """The project's newest models, newest first."""
        return runs.models(asker, project_id)

    return router
