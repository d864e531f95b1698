"""Requests and answers of logging in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from backend.schemas.answers import Moment
from backend.schemas.enums import AccountRole
from backend.schemas.limits import MAX_NAME_LENGTH
from backend.schemas.parts import ApiAnswer
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


class InvitationBody(Body):
    """The secret of an invitation's link, and the password that was chosen."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
    password: Password


class LoginAnswer(ApiAnswer):
    """Who is logged in."""

    name: str
    role: AccountRole


class SessionAnswer(ApiAnswer):
    """A browser in which the person is logged in."""

    created_at: Moment
    last_seen_at: Moment = Field(description="within the hour")
    current: bool = Field(description="the one that asks")
