"""/api/session, /api/sessions and /api/invitations: logging in and out. All answer 404 without --auth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request, Response, params

from backend.errors import ForbiddenError, LoginRequiredError, NotFoundError, TooManyError
from backend.http.addresses import login_address
from backend.http.logins import Login, begin_session, session_tokens, set_session
from backend.http.work import ApiWork
from backend.schemas.logins import (
    InvitationBody,
    InvitationCheckBody,
    LoginAnswer,
    LoginBody,
    PasswordBody,
    SessionAnswer,
)
from backend.services.rates import TokenBuckets

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.logins import Logins

CHECKS_PER_MINUTE = 30  # of an address


def session_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of sessions."""
    config, logins = services.config, services.logins

    def require_logins() -> None:
        if not config.auth:
            raise NotFoundError("Nobody logs in on this server; it was started without --auth.")

    def require_passwords() -> None:
        if config.oidc is not None and config.oidc.only:
            raise ForbiddenError(f"Nobody logs in with a password on this server; use {config.oidc.name}.")

    router = APIRouter(dependencies=[Depends(require_logins)])
    with_password = [Depends(require_passwords)]
    _add_passwords(router, services, work, with_password)
    _add_own_sessions(router, logins, work)

    @router.post("/session", status_code=201, dependencies=with_password)
    async def log_in(request: Request, response: Response, body: LoginBody) -> LoginAnswer:
        """Log in."""
        address = login_address(request, config)
        try:
            begun = await work.check_password(logins.log_in, body.name, body.password, address)
        except LoginRequiredError as error:
            request.state.tried = error.account
            raise
        await begin_session(request, response, begun, services, work)
        return LoginAnswer(name=begun[1].name, role=begun[1].role)

    @router.get("/session")
    def describe(login: Login) -> LoginAnswer:
        """Who is logged in."""
        return LoginAnswer(name=login.name, role=login.role)

    @router.delete("/session", status_code=204)
    async def log_out(request: Request, response: Response, _login: Login) -> None:
        """Log out."""
        for token in session_tokens(request.scope):
            await work.write(logins.log_out, token)
        set_session(response, "", config, request.scope)

    return router


def _add_passwords(
    router: APIRouter, services: Services, work: ApiWork, with_password: list[params.Depends]
) -> None:
    """Routes that set a password."""
    logins = services.logins

    checks = TokenBuckets(CHECKS_PER_MINUTE, CHECKS_PER_MINUTE)

    @router.post("/invitations/check", status_code=204, dependencies=with_password)
    def check_invitation(request: Request, body: InvitationCheckBody) -> None:
        """Whether an invitation can still be used; its secret is all that this can be asked with."""
        if not checks.take(login_address(request, services.config) or ""):
            raise TooManyError("Many links were opened from here. Try again in a minute.", retry_after_s=60)
        logins.require_invitation(body.token)

    @router.post("/invitations", status_code=201, dependencies=with_password)
    async def take_invitation(request: Request, response: Response, body: InvitationBody) -> LoginAnswer:
        """Choose a password with the secret of an invitation, and log in."""
        begun = await work.check_password(logins.take_invitation, body.token, body.password)
        await begin_session(request, response, begun, services, work)
        return LoginAnswer(name=begun[1].name, role=begun[1].role)

    @router.post("/session/password", status_code=204, dependencies=with_password)
    async def change_password(login: Login, body: PasswordBody) -> None:
        """Set another password; the person's other sessions end."""
        await work.check_password(logins.change_password, login, body.present, body.new)


def _add_own_sessions(router: APIRouter, logins: Logins, work: ApiWork) -> None:
    """Routes of the sessions of who is logged in."""

    @router.get("/sessions")
    def list_sessions(login: Login) -> list[SessionAnswer]:
        """Where the person is logged in, the session used last first."""
        return logins.sessions(login)

    @router.delete("/sessions", status_code=204)
    async def end_others(login: Login) -> None:
        """End all sessions of the person but this one."""
        await work.write(logins.end_others, login)
