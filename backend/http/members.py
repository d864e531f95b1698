"""/api/projects/{id}/members and /owner, and /api/offers: with whom a project is shared, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from backend.http.identity import ManagingOwner, Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.members import (
    AccountId,
    MemberBody,
    MembersAnswer,
    OfferAnswer,
    OfferAnswerBody,
    OfferBody,
)
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.members import Members

PROJECT = "/projects/{project_id}"


def member_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of sharing."""
    router = APIRouter()
    members = services.members

    @router.get(f"{PROJECT}/members")
    def list_members(asker: Owner, project_id: ProjectId) -> MembersAnswer:
        """Whose the project is, and with whom it is shared."""
        return members.list_all(asker, project_id)

    @router.put(f"{PROJECT}/members")
    async def put_member(
        request: Request, asker: ManagingOwner, project_id: ProjectId, body: MemberBody
    ) -> MembersAnswer:
        """Share the project with a person, or give a member another role."""
        account_id, answer = await work.write(members.put, asker, project_id, body.name, body.role)
        request.state.shared_with = f"{account_id}/{body.role}"
        return answer

    @router.delete(f"{PROJECT}/members/{{account_id}}", status_code=204)
    async def remove_member(asker: Owner, project_id: ProjectId, account_id: AccountId) -> None:
        """Take the project back from a member; a member leaves it so, a reviewer too."""
        await work.write(members.remove, asker, project_id, account_id)

    _add_offers(router, members, work)
    return router


def _add_offers(router: APIRouter, members: Members, work: ApiWork) -> None:
    """Routes of giving a project away, which needs the consent of who gets it."""

    @router.get("/offers")
    def list_offers(asker: Owner) -> list[OfferAnswer]:
        """Projects that others offer to the asker, oldest first."""
        return members.offers(asker)

    @router.post(f"{PROJECT}/owner")
    async def offer_project(
        request: Request, asker: ManagingOwner, project_id: ProjectId, body: OfferBody
    ) -> MembersAnswer:
        """Offer the project to another person, who owns it once they accept."""
        account_id, answer = await work.write(members.offer, asker, project_id, body.name, body.stay)
        request.state.shared_with = f"{account_id}/{body.stay}"
        return answer

    @router.delete(f"{PROJECT}/owner")
    async def take_offer_back(asker: ManagingOwner, project_id: ProjectId) -> MembersAnswer:
        """End the offer of the project."""
        return await work.write(members.take_back, asker, project_id)

    @router.post(f"{PROJECT}/owner/accept", status_code=204)
    async def accept_offer(
        asker: WritingOwner, project_id: ProjectId, body: OfferAnswerBody | None = None
    ) -> None:
        """Own a project that is offered to the asker."""
        await work.write(members.accept, asker, project_id)

    @router.post(f"{PROJECT}/owner/decline", status_code=204)
    async def decline_offer(asker: Owner, project_id: ProjectId, body: OfferAnswerBody | None = None) -> None:
        """Refuse a project that is offered to the asker."""
        await work.write(members.decline, asker, project_id)
