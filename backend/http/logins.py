"""Who is asking where people log in: the account of the session that the browser's cookie names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.config import Config
from backend.errors import NotFoundError
from backend.http.errors import error_response
from backend.http.guard import LOGIN_PATHS, OIDC_CALLBACK, SAFE_METHODS, WORKSPACE
from backend.http.identity import HEALTH, cookie_place, cookies_named
from backend.http.paths import is_api, is_monai_label
from backend.http.work import ApiWork
from backend.schemas.enums import ErrorCode
from backend.services.logins import LoggedIn

if TYPE_CHECKING:
    from backend.services import Services

SESSION_COOKIE = "fewshot_sam_session"
ACCOUNT_PAGE = "/account"
LOGIN_FILES = frozenset(
    f"/static/{name}"
    for name in (
        "login/login.css",
        "login/login.js",
        "login/invite.js",
        "login/requests.js",
        "css/scheme.css",
        "css/tokens.css",
        "theme.js",
        "fonts/inter-latin-wght.woff2",
        "words/en/login.json",
        "words/formats.js",
        "words/login.js",
        "words/translator.js",
    )
)
"""What /login and /invite load."""
OPEN = frozenset({"/robots.txt", *LOGIN_FILES, *(LOGIN_PATHS - {ACCOUNT_PAGE})})
OPEN_POSTS = frozenset({"/api/session", "/api/invitations", "/api/invitations/check"})
OIDC_ADDRESSES = "/api/oidc"
MAX_COOKIES = 4  # of our name, such as junk of another site of the domain
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9_-]{43})")
_OF_PROGRAMS = re.compile(r"/monailabel/[^/]+/auth/(token)?")
"""What a program asks before it is logged in: whether it must be, and with a name and a password."""


class LoginSessions:
    """ASGI middleware: names owner and login in the request's state; asks all others to log in."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._logins = services.logins
        with_provider = services.config.oidc is not None
        self._open = OPEN | ({OIDC_CALLBACK} if with_provider else set())
        self._open_posts = OPEN_POSTS | ({OIDC_ADDRESSES} if with_provider else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == HEALTH:  # which asks no database
            await self.app(scope, receive, send)
            return
        who = await self._who(scope)
        if who is not None:
            scope.setdefault("state", {}).update(owner=who.account_id, login=who)
        elif not self._is_open(scope):
            await _refusal(scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _who(self, scope: Scope) -> LoggedIn | None:
        tokens = bearer_tokens(scope) if is_monai_label(scope["path"]) else session_tokens(scope)
        for token in tokens:
            if (who := await run_in_threadpool(self._logins.find, token)) is not None:
                return who
        return None

    def _is_open(self, scope: Scope) -> bool:
        path, method = scope["path"], scope["method"]
        if _OF_PROGRAMS.fullmatch(path):
            return True
        if method in SAFE_METHODS:
            return path in self._open
        return method == "POST" and path in self._open_posts


def session_tokens(scope: Scope) -> list[str]:
    """What may be tokens of sessions in a request's cookies."""
    found = cookies_named(SESSION_COOKIE, "; ".join(Headers(scope=scope).getlist("cookie")))
    return [token for token in found if _TOKEN.fullmatch(token)][:MAX_COOKIES]


def bearer_tokens(scope: Scope) -> list[str]:
    """What may be the token of a session in a request's Authorization, which no other site's page sends."""
    match = _BEARER.fullmatch(Headers(scope=scope).get("authorization", ""))
    return [match[1]] if match else []


def set_session(response: Response, token: str, config: Config, scope: Scope) -> None:
    """Have the browser keep the token of a session; "" has it forget the one it has."""
    age_s = int(config.session_s) if token else 0
    cookie = f"{SESSION_COOKIE}={token}; Max-Age={age_s}; {cookie_place(config, scope)}"
    response.headers.append("Set-Cookie", cookie)


async def begin_session(
    request: Request, response: Response, begun: tuple[str, LoggedIn], services: Services, work: ApiWork
) -> None:
    """Give the browser a session that was begun; the one that it had before ends."""
    token, who = begun
    for earlier in session_tokens(request.scope):
        await work.write(services.logins.log_out, earlier)
    set_session(response, token, services.config, request.scope)
    request.state.begun = who


def current_login(request: Request) -> LoggedIn:
    """FastAPI dependency: who is logged in. Raises NotFoundError where nobody logs in."""
    login: LoggedIn | None = getattr(request.state, "login", None)
    if login is None:
        raise NotFoundError("Nobody logs in on this server; it was started without --auth.")
    return login


Login = Annotated[LoggedIn, Depends(current_login)]


def _refusal(scope: Scope) -> Response:
    """What a stranger is told: documents lead to the login, all else says that one is needed."""
    path = scope["path"]
    wants_page = path in ("/", ACCOUNT_PAGE, WORKSPACE) or "text/html" in Headers(scope=scope).get(
        "accept", ""
    )
    if not is_api(path) and scope["method"] in ("GET", "HEAD") and wants_page:
        # Relative, as the page may be served below another path; all documents are one level deep.
        return Response(status_code=303, headers={"Location": "login", "Cache-Control": "no-store"})
    message = "You are not logged in, or were logged out. Log in, then try again."
    answer = error_response(401, ErrorCode.LOGIN_REQUIRED, message)
    if is_monai_label(path):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
