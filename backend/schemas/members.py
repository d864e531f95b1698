"""Requests and answers about whom a project is shared with."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from backend.schemas.enums import ProjectRole
from backend.schemas.parts import ApiAnswer
from backend.schemas.requests import ID_PATTERN, Body, Name

AccountId = Annotated[str, Path(pattern=ID_PATTERN)]
RoleName = Annotated[ProjectRole, Field(strict=False)]


class MemberBody(Body):
    """A person by the name of the account, and what they may do in the project."""

    name: Name
    role: RoleName


class ReceiverBody(Body):
    """The person whose project it is from now on, by the name of the account."""

    name: Name


class MemberAnswer(ApiAnswer):
    """A person with whom a project is shared."""

    account_id: str
    name: str
    role: ProjectRole


class MembersAnswer(ApiAnswer):
    """Whose a project is, and with whom it is shared."""

    owner_name: str | None = Field(description="null where the owner has no account")
    members: list[MemberAnswer]
