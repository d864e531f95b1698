"""The guard in front of everything this server answers: Gradio's routes, ours and the page.

A page of another site must neither read nor change anything here, even on a machine where the user
is logged in or where the server listens on localhost only:
- Host must be a name this server is known by (against DNS rebinding);
- Origin, when a browser sends one, must be this server;
- a request that changes something under /api must carry ``X-Fewshot-Sam: 1``, which a page of
  another site cannot add without a preflight, and preflights of other sites are refused too;
- a program that uses this as a MONAI Label server, where that is switched on, needs no such header: cookies
  count for nothing there, see backend.http.logins;
- beside /api only what the page loads is answered: the page, the workspace in it, styles and scripts;
- of Gradio's API what its clients need to call the endpoints of ``ui/calls.py``, and no more; uploads and
  files among it are our own (``backend/http/calls.py``). All else of Gradio is closed: its proxy, its runs,
  its monitoring.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.addresses import is_loopback
from backend.calls.files import CALL_PATH
from backend.config import Config
from backend.http.errors import error_response
from backend.http.paths import is_api, is_monai_label, serves_programs
from backend.http.policy import ContentPolicies
from backend.schemas.enums import ErrorCode

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
API_HEADER = "x-fewshot-sam"
MAX_PATH = 1024
WORKSPACE = "/workspace"
PAGE_PATHS = frozenset({"/", WORKSPACE, "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"})
LOGIN_PATHS = frozenset({"/login", "/invite", "/account"})
"""Documents of our own, where people log in."""
OIDC_CALLBACK = "/oidc-callback"
"""Where a login provider sends people back to; the query holds its answer."""
PAGE_FOLDERS = ("/static/", "/assets/")
GRADIO_API = "/gradio_api"
_CALL = rf"{GRADIO_API}/call/(?:v2/)?(?:propagate|predict|evaluate)"
CALL_POSTS = re.compile(rf"{GRADIO_API}/queue/join|{_CALL}")
"""Where calls of other programs come in, as JSON."""
UPLOAD = f"{GRADIO_API}/upload"
CALL_READS = re.compile(
    rf"/config|{GRADIO_API}/info|{GRADIO_API}/queue/data|{_CALL}/[0-9a-f]{{1,64}}"
    rf"|{GRADIO_API}/file={CALL_PATH.pattern}"
)
"""What their clients ask for: how to call, how far a call is, and the files it made."""
_SESSION = re.compile(r"(?:^|&)session_hash=([A-Za-z0-9_-]{1,64})(?:&|$)")
# Gradio would take the page's own address from these; it may only come from a proxy that we know.
_ADDRESS_HEADERS = (b"x-gradio-server", b"x-forwarded-host")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_PLAIN_PATH = re.compile(rf"[^\x00-\x1f\x7f\\]{{1,{MAX_PATH}}}")


class Guard:
    """ASGI middleware that refuses foreign requests and adds security headers to all answers."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self.app = app
        self._config = config
        self._security_headers = _security_headers(config)
        self._own_name = socket.gethostname().lower()
        self._pages = PAGE_PATHS | (LOGIN_PATHS if config.auth else set())
        self._with_query = frozenset({OIDC_CALLBACK} if config.oidc else ())
        self._serves_programs = serves_programs(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._security_headers.items():
                    headers.setdefault(name, value)
                if self._is_ours(scope["path"]):  # projects, names and slices of patients: nothing keeps them
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["type"] == "websocket":  # nothing here uses one
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await error_response(403, ErrorCode.FORBIDDEN, refusal)(scope, receive, send_with_headers)
            return
        if not self._is_answered(scope):
            message = "There is nothing at this address."
            await error_response(404, ErrorCode.NOT_FOUND, message)(scope, receive, send_with_headers)
            return
        keeps_query = self._is_ours(scope["path"]) or scope["path"] in self._with_query
        # Gradio takes no query, but for one part of it.
        inner = scope if keeps_query else self._for_gradio(scope)
        await self.app(inner, receive, send_with_headers)

    def _for_gradio(self, scope: Scope) -> Scope:
        """The request without its query and the headers from which Gradio would build addresses."""
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name not in _ADDRESS_HEADERS
            or (name == b"x-forwarded-host" and self._known_host(value.decode("latin-1")))
        ]
        return {**scope, "query_string": _query_for_gradio(scope), "headers": headers}

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
        path, method = scope["path"], scope["method"]
        is_call = _is_call(method, path)
        if not self._is_ours(path) and not is_call:
            return "This address is closed; use /api." if path.startswith(GRADIO_API) else None
        if headers.get("sec-fetch-site") == "cross-site":
            return "Requests from pages of other sites are refused."
        if is_api(path) and method not in SAFE_METHODS and headers.get(API_HEADER) != "1":
            return "A request that changes something must carry the header X-Fewshot-Sam: 1."
        return None

    def _is_ours(self, path: str) -> bool:
        """Whether a path is one of our own APIs, that of the page or that of other programs."""
        return is_api(path) or (self._serves_programs and is_monai_label(path))

    def _is_answered(self, scope: Scope) -> bool:
        """Whether method and path are of a kind that any route here takes."""
        path = scope["path"]
        if scope["method"] not in METHODS or not _PLAIN_PATH.fullmatch(path):
            return False
        of_the_page = path in self._pages | self._with_query or path.startswith(PAGE_FOLDERS)
        of_the_page = of_the_page and scope["method"] in ("GET", "HEAD")
        if not (self._is_ours(path) or _is_call(scope["method"], path) or of_the_page):
            return False
        parts = path.split("/")
        return ".." not in parts and max(len(part.encode("utf-8", "replace")) for part in parts) <= 255

    def _known_host(self, host: str) -> bool:
        name = host_name(host)
        if host and not name:
            return False
        if is_loopback(name) or name in self._config.allowed_hosts:
            return True
        if is_loopback(self._config.host):
            return False
        # Reachable from a network: rebinding needs a public name, so addresses and short names are fine.
        return self._config.on_spaces or _is_address(name) or "." not in name or name == self._own_name

    def _same_site(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
            name = parts.hostname or ""
        except ValueError:  # half an IPv6 address
            return False
        return parts.scheme in ("http", "https") and (
            parts.netloc == host or name in self._config.allowed_hosts
        )


def _is_call(method: str, path: str) -> bool:
    """Whether this is what clients of Gradio's API need."""
    if method == "POST":
        return path == UPLOAD or CALL_POSTS.fullmatch(path) is not None
    return method == "GET" and CALL_READS.fullmatch(path) is not None


def _query_for_gradio(scope: Scope) -> bytes:
    """Which call is asked after; of anything else Gradio would make addresses, or what we do not know."""
    if scope["path"] != f"{GRADIO_API}/queue/data":
        return b""
    found = _SESSION.search(scope["query_string"].decode("latin-1"))
    return f"session_hash={found[1]}".encode() if found else b""


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; "" when it is no address."""
    match = _HOST.fullmatch(host)
    return match.group(1).strip("[]").lower() if match else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _security_headers(config: Config) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": ContentPolicies.for_config(config).answer(),  # documents bring their own
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    return headers if config.on_spaces else {**headers, "X-Frame-Options": "SAMEORIGIN"}
