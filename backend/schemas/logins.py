"""Requests and answers of logging in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.schemas.enums import AccountRole
from backend.schemas.limits import MAX_NAME_LENGTH
from backend.schemas.parts import ApiAnswer, Moment
from backend.schemas.requests import Body, Name

MAX_PASSWORD_LENGTH = 1000
"""Of what is checked or refused with a sentence; the rules are in backend.services.passwords."""
Password = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PASSWORD_LENGTH)]


class LoginBody(Body):
    """Who wants to log in."""

    name: Name
    password: Password


class PasswordBody(Body):
    """Another password."""

    present: Password
    new: Password


class InvitationCheckBody(Body):
    """The secret of an invitation's link."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]


class InvitationBody(InvitationCheckBody):
    """The secret of an invitation's link, and the password that was chosen."""

    password: Password


class LoginAnswer(ApiAnswer):
    """Who is logged in."""

    name: str
    role: AccountRole


class ProviderBody(Body):
    """What somebody wants of the hospital's own login."""

    to: Literal["log_in", "log_out"]


class ProviderAnswer(ApiAnswer):
    """Where the browser is to go: a page of the hospital's own login."""

    address: str


class SessionAnswer(ApiAnswer):
    """A browser in which the person is logged in."""

    created_at: Moment
    last_seen_at: Moment = Field(description="within the hour")
    current: bool = Field(description="the one that asks")
