"""/api/session, /api/sessions and /api/invitations: logging in and out. All answer 404 without --auth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request, Response

from backend.errors import LoginRequiredError, NotFoundError
from backend.http.addresses import login_address
from backend.http.logins import Login, session_tokens, set_session
from backend.http.work import ApiWork
from backend.schemas.logins import InvitationBody, LoginAnswer, LoginBody, PasswordBody, SessionAnswer

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.logins import LoggedIn, Logins


def session_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of sessions."""
    config, logins = services.config, services.logins

    def require_logins() -> None:
        if not config.auth:
            raise NotFoundError("Nobody logs in on this server; it was started without --auth.")

    router = APIRouter(dependencies=[Depends(require_logins)])
    _add_own_sessions(router, logins, work)

    async def begin(request: Request, response: Response, token: str, who: LoggedIn) -> LoginAnswer:
        """Answer with a new token; the session that the browser had before ends."""
        for earlier in session_tokens(request.scope):
            await work.write(logins.log_out, earlier)
        set_session(response, token, config, request.scope)
        request.state.begun = who
        return LoginAnswer(name=who.name, role=who.role)

    @router.post("/session", status_code=201)
    async def log_in(request: Request, response: Response, body: LoginBody) -> LoginAnswer:
        """Log in."""
        address = login_address(request, config)
        try:
            token, who = await work.check_password(logins.log_in, body.name, body.password, address)
        except LoginRequiredError as error:
            request.state.tried = error.account
            raise
        return await begin(request, response, token, who)

    @router.post("/invitations", status_code=201)
    async def take_invitation(request: Request, response: Response, body: InvitationBody) -> LoginAnswer:
        """Choose a password with the secret of an invitation, and log in."""
        token, who = await work.check_password(logins.take_invitation, body.token, body.password)
        return await begin(request, response, token, who)

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


def _add_own_sessions(router: APIRouter, logins: Logins, work: ApiWork) -> None:
    """Routes of the password and the sessions of who is logged in."""

    @router.post("/session/password", status_code=204)
    async def change_password(login: Login, body: PasswordBody) -> None:
        """Set another password; the person's other sessions end."""
        await work.check_password(logins.change_password, login, body.present, body.new)

    @router.get("/sessions")
    def list_sessions(login: Login) -> list[SessionAnswer]:
        """Where the person is logged in, the session used last first."""
        return logins.sessions(login)

    @router.delete("/sessions", status_code=204)
    async def end_others(login: Login) -> None:
        """End all sessions of the person but this one."""
        await work.write(logins.end_others, login)
