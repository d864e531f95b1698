"""Requests and answers about whom a project is shared with, and whom it is offered to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from backend.schemas.enums import ProjectRole, Stay
from backend.schemas.parts import ApiAnswer, Moment
from backend.schemas.requests import ID_PATTERN, Body, Name

AccountId = Annotated[str, Path(pattern=ID_PATTERN)]
RoleName = Annotated[ProjectRole, Field(strict=False)]


class MemberBody(Body):
    """A person by the name of the account, and what they may do in the project."""

    name: Name
    role: RoleName


class OfferBody(Body):
    """The person who may have the project, by the name of the account, and what the owner keeps of it."""

    name: Name
    stay: Annotated[Stay, Field(strict=False)] = Stay.PAINT


class MemberAnswer(ApiAnswer):
    """A person with whom a project is shared."""

    account_id: str
    name: str
    role: ProjectRole


class OfferAnswerBody(Body):
    """The path holds the answer to an offer; there is nothing to choose."""


class ReceiverAnswer(ApiAnswer):
    """A person to whom a project is offered, who has not answered yet."""

    name: str
    stay: Stay = Field(description="what the owner may do in it once it is accepted")
    created_at: Moment


class MembersAnswer(ApiAnswer):
    """Whose a project is, and with whom it is shared."""

    owner_name: str | None = Field(description="null where the owner has no account")
    members: list[MemberAnswer]
    offer: ReceiverAnswer | None = Field(description="to whom it is offered; null where it is to nobody")


class OfferAnswer(ApiAnswer):
    """A project that somebody offers to the asker."""

    project_id: str
    project_name: str
    owner_name: str | None = Field(description="whose it is; null where the owner has no account")
    created_at: Moment
