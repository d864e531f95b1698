"""/api/workspace, /api/projects, their labels, and /api/labels."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from backend.http.addresses import client_network
from backend.http.identity import current_owner, writing_owner
from backend.http.work import ApiWork
from backend.schemas import (
    LabelBody,
    LabelId,
    NewLabelBody,
    ProjectBody,
    ProjectId,
    QueryForce,
    WorkspaceBody,
)
from backend.services import Services

Owner = Annotated[str, Depends(current_owner)]
WritingOwner = Annotated[str, Depends(writing_owner)]
Network = Annotated[str | None, Depends(client_network)]


def project_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of workspaces, projects and labels."""
    router = APIRouter()
    projects, labels, workspaces = services.projects, services.labels, services.workspaces

    @router.post("/workspace")
    async def open_workspace(
        owner: WritingOwner, network: Network, body: WorkspaceBody | None = None
    ) -> list[dict[str, Any]]:
        """The owner's projects, with the demo the first time: what a page asks for that finds none."""
        return await work.write(workspaces.open, owner, network)

    @router.get("/projects")
    def list_projects(owner: Owner) -> list[dict[str, Any]]:
        return projects.list_all(owner)

    @router.post("/projects", status_code=201)
    async def create_project(owner: WritingOwner, network: Network, body: ProjectBody) -> dict[str, Any]:
        await work.write(workspaces.admit, owner, network)
        return await work.write(projects.create, owner, body.name)

    @router.get("/projects/{project_id}")
    def get_project(owner: Owner, project_id: ProjectId) -> dict[str, Any]:
        return projects.get(owner, project_id)

    @router.patch("/projects/{project_id}")
    async def rename_project(owner: WritingOwner, project_id: ProjectId, body: ProjectBody) -> dict[str, Any]:
        return await work.write(projects.rename, owner, project_id, body.name)

    @router.delete("/projects/{project_id}", status_code=204)
    async def delete_project(owner: WritingOwner, project_id: ProjectId) -> None:
        await work.write(projects.delete, owner, project_id)

    @router.post("/projects/{project_id}/labels", status_code=201)
    async def create_label(owner: WritingOwner, project_id: ProjectId, body: NewLabelBody) -> dict[str, Any]:
        return await work.write(labels.create, owner, project_id, body.name, body.color, body.code)

    @router.patch("/labels/{label_id}")
    async def change_label(owner: WritingOwner, label_id: LabelId, body: LabelBody) -> dict[str, Any]:
        return await work.write(labels.change, owner, label_id, body.name, body.color, body.code)

    @router.delete("/labels/{label_id}", status_code=204)
    async def delete_label(owner: WritingOwner, label_id: LabelId, force: QueryForce = False) -> None:
        await work.write(labels.delete, owner, label_id, force)

    return router
