"""/api/projects/{id}/members and /owner: with whom a project is shared, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from backend.http.identity import ManagingOwner, Owner
from backend.http.work import ApiWork
from backend.schemas.members import AccountId, MemberBody, MembersAnswer, ReceiverBody
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services


def member_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of sharing."""
    router = APIRouter(prefix="/projects/{project_id}")
    members = services.members

    @router.get("/members")
    def list_members(asker: Owner, project_id: ProjectId) -> MembersAnswer:
        """Whose the project is, and with whom it is shared."""
        return members.list_all(asker, project_id)

    @router.put("/members")
    async def put_member(
        request: Request, asker: ManagingOwner, project_id: ProjectId, body: MemberBody
    ) -> MembersAnswer:
        """Share the project with a person, or give a member another role."""
        account_id, answer = await work.write(members.put, asker, project_id, body.name, body.role)
        request.state.shared_with = f"{account_id}/{body.role}"
        return answer

    @router.delete("/members/{account_id}", status_code=204)
    async def remove_member(asker: Owner, project_id: ProjectId, account_id: AccountId) -> None:
        """Take the project back from a member; a member leaves it so, a reviewer too."""
        await work.write(members.remove, asker, project_id, account_id)

    @router.post("/owner")
    async def hand_over(
        request: Request, asker: ManagingOwner, project_id: ProjectId, body: ReceiverBody
    ) -> MembersAnswer:
        """Make another person the owner; the one before stays as an annotator."""
        request.state.shared_with, answer = await work.write(members.hand_over, asker, project_id, body.name)
        return answer

    return router
