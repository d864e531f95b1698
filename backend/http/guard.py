"""The guard in front of everything this server answers: Gradio's routes, ours and the page.

A page of another site must neither read nor change anything here, even on a machine where the user
is logged in or where the server listens on localhost only:
- Host must be a name this server is known by (against DNS rebinding);
- Origin, when a browser sends one, must be this server;
- Gradio's own upload, file and proxy routes are closed;
- a request that changes something under /api must carry ``X-Fewshot-Sam: 1``, which a page of
  another site cannot add without a preflight.
Gradio's CORS middleware answers preflights before this guard; the request that follows is refused here.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.config import Config
from backend.http.errors import error_response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API_HEADER = "x-fewshot-sam"
# Gradio's ways to put files here without limit, to read its upload cache and to fetch other addresses
# for the caller. The page uses none of them.
CLOSED_PATHS = tuple(
    f"/gradio_api/{name}"
    for name in ("upload", "file", "proxy", "stream", "process_recording", "vibe", "undo-vibe")
)


class Guard:
    """ASGI middleware that refuses foreign requests and adds security headers to all answers."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self.app = app
        self._config = config
        self._security_headers = _security_headers(config)
        self._own_name = socket.gethostname().lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._security_headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None and scope["type"] == "http":
            await error_response(403, "forbidden", refusal)(scope, receive, send_with_headers)
        elif refusal is not None:
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        """Why this request is refused, or None."""
        host = headers.get("host", "")
        if not self._known_host(host):
            return (
                f"This server is not known as '{host[:100]}'. "
                "Add the name to FEWSHOT_SAM_ALLOWED_HOSTS, or use the address it printed at start."
            )
        origin = headers.get("origin")
        if origin is not None and not self._same_site(origin, host):
            return (
                "Requests from pages of other sites are refused. If this server is reached through a "
                "proxy, add its public name to FEWSHOT_SAM_ALLOWED_HOSTS."
            )
        path, method = scope["path"], scope.get("method", "GET")
        if path.startswith(CLOSED_PATHS):
            return "This address is closed; files go through /api."
        if path.startswith("/api/") and headers.get("sec-fetch-site") == "cross-site":
            return "Requests from pages of other sites are refused."
        if path.startswith("/api/") and method not in SAFE_METHODS and headers.get(API_HEADER) != "1":
            return "A request that changes something must carry the header X-Fewshot-Sam: 1."
        return None

    def _known_host(self, host: str) -> bool:
        name = host_name(host)
        if is_loopback(name) or name in self._config.allowed_hosts:
            return True
        if is_loopback(self._config.host):
            return False
        # Reachable from a network: rebinding needs a public name, so addresses and short names are fine.
        return self._config.on_spaces or _is_address(name) or "." not in name or name == self._own_name

    def _same_site(self, origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and (
            parts.netloc == host or (parts.hostname or "") in self._config.allowed_hosts
        )


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    return (urlsplit(f"//{host}").hostname or "").lower()


def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine only."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _security_headers(config: Config) -> dict[str, str]:
    frames = "'self' https://huggingface.co https://*.hf.space" if config.on_spaces else "'self'"
    policy = (
        # Gradio's page has inline scripts and compiles templates; nothing may come from or go elsewhere.
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; "
        f"base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return headers if config.on_spaces else {**headers, "X-Frame-Options": "SAMEORIGIN"}
