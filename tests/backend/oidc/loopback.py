"""A small OpenID Connect provider on this machine, for tests: it checks PKCE, and can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import anyio
import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from backend.http.server import HttpServer
from backend.oidc.settings import OidcSettings

CLIENT, SECRET = "fewshot-sam", "a secret of the client"
NAME = "St. Mary's login"


class LoopbackProvider:
    """Serves from :meth:`start` to :meth:`stop`; its attributes are what it says of the one person it knows.

    Attributes:
        claims: of the person, and what overrides the token's own.
        sign: makes the token of a login of its claims.
        token_answer: replaces the answer of the token endpoint.
        documents: replaces entries of the discovery document.
        asked: how often each path was asked for.
        redeemed: the forms that the token endpoint got.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "248289761001", "preferred_username": "ada"}
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.token_answer: Callable[[], Response] | None = None
        self.documents: dict[str, Any] = {}
        self.asked: dict[str, int] = {}
        self.redeemed: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        pages = {
            "/.well-known/openid-configuration": self._discovery, "/keys": self._keys,
            "/authorize": self._authorize, "/token": self._token, "/logout": self._logout,
        }  # fmt: skip
        routes = [Route(path, answer, methods=["GET", "POST"]) for path, answer in pages.items()]
        self._server = HttpServer(Starlette(routes=routes), "127.0.0.1", 0)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def settings(self, **changed: Any) -> OidcSettings:
        """Settings of a server that knows this provider."""
        return OidcSettings(
            **{"issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": NAME, **changed}
        )

    def visit(self, address: str) -> str:
        """Log in there as the person; where the browser is sent then."""
        page = httpx2.get(address).text
        (back,) = re.findall(r'<a id="in" href="([^"]+)"', page)
        return html.unescape(back)

    def signed(self, claims: dict[str, Any]) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def _note(self, request: Request) -> None:
        self.asked[request.url.path] = self.asked.get(request.url.path, 0) + 1

    async def _discovery(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/logout",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **self.documents,
            }
        )

    async def _keys(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return HTMLResponse(f'<h1>St. Mary</h1><a id="in" href="{html.escape(back)}">Log in as Ada</a>')

    async def _token(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.redeemed.append(form)
        if self.token_answer is not None:
            return self.token_answer()
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        given = request.headers.get("authorization", "")
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.pop(form.get("code", ""), None)
        if given not in (f"Basic {expected}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        own = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = self.sign({**own, **self.claims})
        return JSONResponse(
            {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        )

    async def _logout(self, request: Request) -> Response:
        return HTMLResponse("<h1>Logged out of St. Mary</h1>")


def large_answer(size: int) -> Response:
    """JSON of so many bytes."""
    return Response(json.dumps({"id_token": "x" * size}), media_type="application/json")


def endless_answer() -> Response:
    """A byte now and then, for ever."""

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.02)

    return StreamingResponse(drip(), media_type="application/json")
