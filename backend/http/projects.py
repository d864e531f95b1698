"""/api/workspace, /api/projects, their labels, and /api/labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends

from backend.http.addresses import client_network
from backend.http.identity import ManagingOwner, Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.answers import LabelAnswer, ProjectAnswer, ProjectSummary
from backend.schemas.deleted import RestoredLabelAnswer
from backend.schemas.enums import AccountRole
from backend.schemas.requests import (
    LabelBody,
    LabelId,
    NewLabelBody,
    ProjectBody,
    ProjectId,
    ProjectRulesBody,
    QueryEveryones,
    QueryForce,
    RestoredLabelBody,
    TermPart,
    WorkspaceBody,
)

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.projects import Projects

Network = Annotated[str | None, Depends(client_network)]


def project_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of workspaces and projects."""
    router = APIRouter()
    projects, workspaces = services.projects, services.workspaces

    @router.post("/workspace")
    async def open_workspace(
        asker: Owner, network: Network, body: WorkspaceBody | None = None
    ) -> list[ProjectSummary]:
        """The asker's projects, with the demo the first time: what a page asks for that finds none."""
        if asker.role is AccountRole.REVIEWER:
            return await work.write(projects.list_all, asker)
        await work.write(workspaces.note_activity, asker.id)
        return await work.write(workspaces.open, asker, network)

    @router.get("/projects")
    def list_projects(asker: Owner, everyones: QueryEveryones = False) -> list[ProjectSummary]:
        """The asker's projects, then those that others share with the asker, each oldest first.

        Everyone's are for administrators, who may look at all projects; to others it makes no difference.
        """
        return projects.list_all(asker, everyones)

    @router.post("/projects", status_code=201)
    async def create_project(asker: WritingOwner, network: Network, body: ProjectBody) -> ProjectAnswer:
        """Make an empty project."""
        await work.write(workspaces.admit, asker.id, network)
        return await work.write(projects.create, asker, body.name)

    @router.get("/projects/{project_id}")
    def get_project(asker: Owner, project_id: ProjectId) -> ProjectAnswer:
        """A project with its labels and volumes."""
        return projects.get(asker, project_id)

    _add_managing(router, projects, work)
    return router


def _add_managing(router: APIRouter, projects: Projects, work: ApiWork) -> None:
    """Routes of who a project belongs to."""

    @router.patch("/projects/{project_id}")
    async def rename_project(asker: ManagingOwner, project_id: ProjectId, body: ProjectBody) -> ProjectAnswer:
        """Rename a project."""
        return await work.write(projects.rename, asker, project_id, body.name)

    @router.put("/projects/{project_id}/rules")
    async def set_project_rules(
        asker: ManagingOwner, project_id: ProjectId, body: ProjectRulesBody
    ) -> ProjectAnswer:
        """Say how long a project is kept, and whether its imports keep no names."""
        return await work.write(projects.set_rules, asker, project_id, body.keep_days, body.deidentify)

    @router.delete("/projects/{project_id}", status_code=204)
    async def delete_project(asker: ManagingOwner, project_id: ProjectId) -> None:
        """Delete a project with all that is in it; it can be restored for a while."""
        await work.write(projects.delete, asker, project_id)


def label_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of labels."""
    router = APIRouter()
    labels = services.labels

    @router.post("/projects/{project_id}/labels", status_code=201)
    async def create_label(asker: WritingOwner, project_id: ProjectId, body: NewLabelBody) -> LabelAnswer:
        """Make a label; colour and code are chosen for it where they are not given."""
        return await work.write(
            labels.create, asker, project_id, body.name, body.color, body.code, _plain(body.term)
        )

    @router.post("/projects/{project_id}/labels/restore", status_code=201)
    async def restore_label(
        asker: WritingOwner, project_id: ProjectId, body: RestoredLabelBody
    ) -> RestoredLabelAnswer:
        """Take the deletion of a label back: the label as it was, and the paint that went with it."""
        return await work.write(labels.restore, asker, project_id, body)

    @router.patch("/labels/{label_id}")
    async def change_label(asker: WritingOwner, label_id: LabelId, body: LabelBody) -> LabelAnswer:
        """Rename, recolour or recode a label, or say what it is."""
        term, clears_term = _plain(body.term), body.term is None and "term" in body.model_fields_set
        return await work.write(
            labels.change, asker, label_id, body.name, body.color, body.code, term, clears_term
        )

    @router.delete("/labels/{label_id}", status_code=204)
    async def delete_label(asker: WritingOwner, label_id: LabelId, force: QueryForce = False) -> None:
        """Delete a label; one that is painted only with force, which erases it everywhere."""
        await work.write(labels.delete, asker, label_id, force)

    return router


def _plain(term: TermPart | None) -> dict[str, Any] | None:
    return None if term is None else term.model_dump()
