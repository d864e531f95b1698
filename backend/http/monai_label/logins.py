"""/auth: logging in with an account's name and password; the token is that of a session, as on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request

from backend.errors import ForbiddenError, InvalidRequestError, LoginRequiredError, NotFoundError
from backend.http.addresses import login_address
from backend.http.logins import Login
from backend.http.monai_label.requests import PROJECT
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services

MAX_FIELDS = 10


def login_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of logins. Whether there is such a project is told to nobody who is not logged in."""
    router = APIRouter(prefix=f"{PROJECT}/auth")
    config, logins = services.config, services.logins

    @router.get("/")
    def auth_enabled(project_id: ProjectId) -> dict[str, Any]:
        """Whether a program must log in."""
        return {"enabled": config.auth, "client_id": None, "realm": None}

    @router.post("/token")
    async def log_in(project_id: ProjectId, request: Request) -> dict[str, str]:
        """Log in; the form has "username" and "password"."""
        if not config.auth:
            raise NotFoundError("Nobody logs in on this server; it was started without --auth.")
        if config.oidc is not None and config.oidc.only:
            raise ForbiddenError(
                f"Nobody logs in with a password on this server, and programs know no {config.oidc.name}. "
                "Ask whoever runs it to allow passwords."
            )
        name, password = _fields(await request.body())
        try:
            token, who = await work.check_password(
                logins.log_in, name, password, login_address(request, config)
            )
        except LoginRequiredError as error:
            request.state.tried = error.account
            raise
        request.state.begun = who
        return {"access_token": token, "token_type": "bearer"}

    @router.get("/token/valid")
    def token_is_valid(project_id: ProjectId, login: Login) -> dict[str, Any]:
        """Who is logged in."""
        return {"username": login.name, "email": None, "name": login.name, "roles": [login.role.value]}

    return router


def _fields(body: bytes) -> tuple[str, str]:
    """Name and password of a form."""
    try:
        given = parse_qs(body.decode("utf-8"), max_num_fields=MAX_FIELDS)
        (name,), (password,) = given["username"], given["password"]
    except (ValueError, KeyError):
        raise InvalidRequestError("The form of a login must have one username and one password.") from None
    return name, password
