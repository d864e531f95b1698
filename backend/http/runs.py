"""/api/volumes/{id}/runs, /api/runs and the decoders they leave in a project."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from backend.http.identity import current_owner
from backend.services import Services

Owner = Annotated[str, Depends(current_owner)]


class RunBody(BaseModel):
    kind: str
    plane: str | None = None
    model_id: str | None = None
    settings: dict[str, Any] | None = None


def run_routes(services: Services) -> APIRouter:
    """Routes of runs and models."""
    router = APIRouter()
    runs = services.runs

    @router.post("/volumes/{volume_id}/runs", status_code=201)
    def create_run(owner: Owner, volume_id: str, body: RunBody) -> dict[str, Any]:
        return runs.create(owner, volume_id, body.kind, body.plane, body.model_id, body.settings)

    @router.get("/volumes/{volume_id}/runs")
    def list_runs(owner: Owner, volume_id: str) -> list[dict[str, Any]]:
        return runs.of_volume(owner, volume_id)

    @router.get("/runs/{run_id}")
    def get_run(owner: Owner, run_id: str) -> dict[str, Any]:
        return runs.get(owner, run_id)

    @router.post("/runs/{run_id}/cancel")
    def cancel_run(owner: Owner, run_id: str) -> dict[str, Any]:
        return runs.cancel(owner, run_id)

    @router.get("/projects/{project_id}/models")
    def list_models(owner: Owner, project_id: str) -> list[dict[str, Any]]:
        return runs.models(owner, project_id)

    return router
