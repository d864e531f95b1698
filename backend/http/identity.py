"""Who is asking: "local" on one's own machine, else the browser, by a signed cookie."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.asker import Asker, Right
from backend.config import Config
from backend.errors import ForbiddenError, LoginRequiredError
from backend.http.tokens import (
    LIFETIME_S,
    RENEW_AFTER_S,
    Token,
    Tokens,
    load_key,
    owner_of,
    signed_since,
    unsigned_secret,
)
from backend.http.work import ApiWork
from backend.queries.access import REVIEWER
from backend.queries.owners import LOCAL_OWNER
from backend.schemas.enums import AccountRole

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.logins import LoggedIn, Logins

COOKIE = "fewshot_sam_owner"
HEALTH = "/api/health"
MAX_COOKIE_HEADER = 8192  # characters


class OwnerCookies:
    """ASGI middleware: names the owner in the request's state, and sets the cookie of a new browser.

    A cookie is set without anything being stored: a visitor who only reads adds no row.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._services = services
        self._tokens = Tokens(load_key(services.config.home)) if services.config.multi_user else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if self._tokens is None:
            state["owner"] = LOCAL_OWNER
            await self.app(scope, receive, send)
            return
        now_s = time.time()
        headers = Headers(scope=scope)
        token = await self._token_in("; ".join(headers.getlist("cookie")), now_s, scope["path"] == HEALTH)
        cookie = None
        if token is None or now_s - token.issued_s > RENEW_AFTER_S:
            cookie = self._tokens.make(now_s, token.secret if token else None)
        secret = token.secret if token else (cookie or "").split(".")[0]
        state["owner"] = owner_of(secret)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and cookie:
                place = cookie_place(self._services.config, scope)
                header = f"{COOKIE}={cookie}; Max-Age={LIFETIME_S}; {place}"
                MutableHeaders(scope=message).append("Set-Cookie", header)
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    async def _token_in(self, cookie_header: str, now_s: float, is_health: bool) -> Token | None:
        cookies = cookies_named(COOKIE, cookie_header)
        if not cookies or self._tokens is None:
            return None
        for cookie in cookies:  # beside it may be junk of the same name, as from another site of the domain
            if (token := self._tokens.read(cookie, now_s)) is not None:
                return token
        # Visitors of a version without signatures keep what is theirs; nobody else may bring a cookie.
        secret = unsigned_secret(cookies[0])
        if secret is None:
            return None
        if is_health:  # which asks no database: the cookie is judged at the next request
            return Token(secret, issued_s=int(now_s))
        was_there = self._services.workspaces.was_there
        known = await run_in_threadpool(was_there, owner_of(secret), signed_since(self._services.config.home))
        return Token(secret, issued_s=0) if known else None


def reading_owner(request: Request) -> Asker:
    """FastAPI dependency of requests that change nothing: who asks, as the middleware named them."""
    login: LoggedIn | None = getattr(request.state, "login", None)
    return Asker(request.state.owner, Right.READ, login.role if login else None)


def asker_now(request: Request, logins: Logins) -> Asker:
    """Who began a request that takes long, as things stand now. Raises LoginRequiredError."""
    login: LoggedIn | None = getattr(request.state, "login", None)
    if login is None:
        return reading_owner(request)
    now = logins.find_again(login)
    if now is None:
        raise LoginRequiredError("You are not logged in any more. Log in again.")
    return Asker(now.account_id, Right.READ, now.role)


async def reviewing_owner(request: Request) -> Asker:
    """FastAPI dependency of requests of a review, which change no paint: who asks, noted as active today."""
    return await _active(request, reading_owner(request).wanting(Right.REVIEW))


async def writing_owner(request: Request) -> Asker:
    """FastAPI dependency of requests that change something: who asks, noted as active today."""
    asker = reading_owner(request).wanting(Right.WRITE)
    if asker.role is AccountRole.REVIEWER:
        raise ForbiddenError(REVIEWER)
    return await _active(request, asker)


async def _active(request: Request, asker: Asker) -> Asker:
    work: ApiWork = request.app.state.work
    services: Services = request.app.state.services
    if services.config.multi_user:
        await work.write(services.workspaces.note_activity, asker.id)
    return asker


async def managing_owner(request: Request) -> Asker:
    """FastAPI dependency of requests about a project itself: to share, rename, delete it or give it away."""
    return (await writing_owner(request)).wanting(Right.MANAGE)


Owner = Annotated[Asker, Depends(reading_owner)]
ReviewingOwner = Annotated[Asker, Depends(reviewing_owner)]
WritingOwner = Annotated[Asker, Depends(writing_owner)]
ManagingOwner = Annotated[Asker, Depends(managing_owner)]


def cookie_place(config: Config, scope: Scope) -> str:
    """Where and how our cookies travel: the end of a Set-Cookie header."""
    if config.on_spaces:
        # The page is shown in a frame of another site, where only SameSite=None cookies travel.
        return "Path=/; HttpOnly; SameSite=None; Secure; Partitioned"
    return f"Path=/; HttpOnly; SameSite=Lax{'; Secure' if _came_by_tls(scope) else ''}"


def _came_by_tls(scope: Scope) -> bool:
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return scope.get("scheme") == "https" or forwarded == "https"


def cookies_named(cookie_name: str, cookie_header: str) -> list[str]:
    """The values of the cookies of a name, the last one first.

    Split as browsers join them. The standard library's parser finds nothing in a header where another
    application's cookie holds a space, a quote or JSON, and then a person's work would be out of reach.
    """
    if len(cookie_header) > MAX_COOKIE_HEADER:
        return []
    pairs = (part.strip().partition("=") for part in cookie_header.split(";"))
    return [value.strip('"') for name, _, value in reversed(list(pairs)) if name == cookie_name]
