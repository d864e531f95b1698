"""Who is asking: "local" on one's own machine, else the browser, by a random cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.config import Config

COOKIE = "fewshot_sam_owner"
LOCAL_OWNER = "local"
LIFETIME_S = 365 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Identity:
    """ASGI middleware: names the owner in the request's state; hands a new browser its cookie."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self.app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if not self._config.multi_user:
            state["owner"] = LOCAL_OWNER
            await self.app(scope, receive, send)
            return
        token = _token_in(Headers(scope=scope).get("cookie", ""))
        new_token = None if token else secrets.token_urlsafe(32)
        state["owner"] = owner_of(token or new_token or "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and new_token:
                MutableHeaders(scope=message).append("Set-Cookie", self._cookie(new_token))
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    def _cookie(self, token: str) -> str:
        # In a Space the page lies in a frame of another site, where only SameSite=None cookies travel.
        place = "SameSite=None; Secure; Partitioned" if self._config.on_spaces else "SameSite=Lax"
        return f"{COOKIE}={token}; Path=/; Max-Age={LIFETIME_S}; HttpOnly; {place}"


def owner_of(token: str) -> str:
    """The owner's name in the database; a copy of the database does not hold the cookies."""
    return hashlib.sha256(token.encode()).hexdigest()


def current_owner(request: Request) -> str:
    """FastAPI dependency: the owner named by the middleware."""
    owner: str = request.state.owner
    return owner


def _token_in(cookie_header: str) -> str | None:
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and _TOKEN.fullmatch(morsel.value) else None
