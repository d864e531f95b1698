"""/api/projects, their labels, and /api/labels."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from backend.http.identity import current_owner
from backend.services import Services

Owner = Annotated[str, Depends(current_owner)]


class ProjectBody(BaseModel):
    name: str


class NewLabelBody(BaseModel):
    name: str
    color: str | None = None
    code: int | None = None


class LabelBody(BaseModel):
    name: str | None = None
    color: str | None = None
    code: int | None = None


def project_routes(services: Services) -> APIRouter:
    """Routes of projects and labels."""
    router = APIRouter()
    projects, labels = services.projects, services.labels

    @router.get("/projects")
    def list_projects(owner: Owner) -> list[dict[str, Any]]:
        services.demo.ensure(owner)
        return projects.list_all(owner)

    @router.post("/projects", status_code=201)
    def create_project(owner: Owner, body: ProjectBody) -> dict[str, Any]:
        return projects.create(owner, body.name)

    @router.get("/projects/{project_id}")
    def get_project(owner: Owner, project_id: str) -> dict[str, Any]:
        return projects.get(owner, project_id)

    @router.patch("/projects/{project_id}")
    def rename_project(owner: Owner, project_id: str, body: ProjectBody) -> dict[str, Any]:
        return projects.rename(owner, project_id, body.name)

    @router.delete("/projects/{project_id}", status_code=204)
    def delete_project(owner: Owner, project_id: str) -> None:
        projects.delete(owner, project_id)

    @router.post("/projects/{project_id}/labels", status_code=201)
    def create_label(owner: Owner, project_id: str, body: NewLabelBody) -> dict[str, Any]:
        return labels.create(owner, project_id, body.name, body.color, body.code)

    @router.patch("/labels/{label_id}")
    def change_label(owner: Owner, label_id: str, body: LabelBody) -> dict[str, Any]:
        return labels.change(owner, label_id, body.name, body.color, body.code)

    @router.delete("/labels/{label_id}", status_code=204)
    def delete_label(owner: Owner, label_id: str, force: bool = False) -> None:
        labels.delete(owner, label_id, force)

    return router
