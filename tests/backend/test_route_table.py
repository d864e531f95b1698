"""Every route of the running application, Gradio's included: what is open is listed here, all else is closed.

A new version of Gradio that registers a route which the guard lets through fails this test. Whoever adds a
route to :data:`OPEN` says what of the page needs it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from backend.calls.files import CALL_FOLDER
from backend.config import Config
from backend.http.guard import LOGIN_PATHS, OIDC_CALLBACK
from backend.http.policy import ContentPolicies
from backend.http.routes import build_middleware, build_routes
from backend.http.static import StaticRoute
from backend.services import Services, build_services
from ui.page import STATIC_DIR, mount_page

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
READING = frozenset({"GET", "HEAD"})
REACHED = 299

OPEN = {
    "/": READING,  # Gradio's page, which holds the frame with the workspace
    "/workspace": READING,  # ours: the document in that frame
    "/static/{path:path}": READING,  # Gradio's page loads js/iframeResizer.contentWindow.min.js from there
    "/assets/{path:path}": READING,  # scripts and styles of Gradio's page
    "/theme.css": READING,  # Gradio's colours, a stylesheet of its page
    "/manifest.json": READING,  # linked by Gradio's page
    "/favicon.ico": READING,  # both documents' icon
    "/robots.txt": READING,  # ours, before Gradio's of the same path
    # What clients of Gradio's API need to call ui/calls.py:
    "/config": frozenset({"GET"}),  # which endpoints there are, and how they are reached
    "/gradio_api/info": frozenset({"GET"}),  # their parameters
    "/gradio_api/upload": frozenset({"POST"}),  # ours, before Gradio's of the same path
    "/gradio_api/queue/join": frozenset({"POST"}),
    "/gradio_api/queue/data": frozenset({"GET"}),
}
"""Path as it is registered, to the methods that pass the guard. Ours under /api are in docs/api.md."""

OF_GRADIO = {
    "/login",
    "/gradio_api/upload",
    "/gradio_api/queue/join",
    "/gradio_api/file={path_or_url:path}",
    "/config",
}
"""Some of Gradio's 6.31: if the walk finds them it knows how FastAPI nests routers."""

ODD_FORMS = [
    *("{}/", "/{}", "{}/.", "{}/..", "{};x", "/static/..{}", "/assets/..{}", "/x/..{}", "/.{}"),
    *("{}\0", "{} ", "\\{}", "/API/..{}", "/api/..{}", "/workspace{}", "/theme.css{}", "/assets\\..{}"),
    "/%2e%2e{}",
]


@dataclass(frozen=True)
class Registered:
    path: str
    websocket: bool = False
    ours: bool = False

    @property
    def example(self) -> str:
        """A request's path: each parameter is something that may exist."""
        return re.sub(r"\{[^}]*:path\}", "x/y", re.sub(r"\{[^:}]*\}", "x", self.path))


def walk(routes: Iterable[object], prefix: str = "") -> Iterator[Registered]:
    """All routes, those of mounted applications and of included routers too."""
    for route in routes:
        if isinstance(route, StaticRoute):
            yield Registered("/static/{path:path}", ours=True)
        elif isinstance(route, Mount):
            below = prefix + route.path
            yield from walk(route.routes or [], below)
            if not route.routes:  # any ASGI application
                yield Registered(below + "/{path:path}")
        elif hasattr(route, "effective_candidates"):  # FastAPI's included routers
            yield from walk(route.effective_candidates(), prefix)
        elif hasattr(route, "path"):
            of_sockets = isinstance(route, WebSocketRoute) or "websocket" in type(route).__name__.lower()
            module = getattr(getattr(route, "endpoint", None), "__module__", "")
            yield Registered(prefix + route.path, of_sockets, module.split(".")[0] in ("backend", "ui"))
        else:
            pytest.fail(f"a kind of route that this test does not know: {route!r}")


class Reached:
    """Stands behind the guard and answers instead of Gradio, so that nothing of it runs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await PlainTextResponse("reached", status_code=REACHED)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def build(services: Services, *more: Middleware) -> FastAPI:
    policies = ContentPolicies.for_config(services.config)
    middleware = [*build_middleware(services), *more]
    return mount_page(build_routes(services, STATIC_DIR), middleware, policies, services.calls)


@pytest.fixture(scope="module")
def of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = build_services(Config.for_home(tmp_path_factory.mktemp("home")))
    yield services
    services.close()


@pytest.fixture(scope="module")
def app(of_the_module: Services) -> FastAPI:
    """The application that is served, up to the guard."""
    return build(of_the_module, Middleware(Reached))


def statuses(app: ASGIApp, requests: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Status of each (method, path), asked by somebody without cookies who sends the header of changes.

    Paths reach the server as they stand here: a client would tidy up ``..`` and double slashes.
    """

    async def ask(method: str, path: str) -> int:
        scope = {
            **{"type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": path},
            **{"raw_path": path.encode(), "query_string": b"page=x", "client": ("127.0.0.1", 50000)},
            "headers": [(b"host", b"127.0.0.1:7860"), (b"x-fewshot-sam", b"1")],
            "server": ("127.0.0.1", 7860),
        }
        found: list[int] = []
        body = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            return next(body, None) or await asyncio.Future()  # the client stays

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.append(message["status"])

        await app(scope, receive, send)
        return found[0]

    async def ask_all() -> dict[tuple[str, str], int]:
        return {request: await ask(*request) for request in requests}

    return asyncio.run(ask_all())


def registered(app: FastAPI) -> list[Registered]:
    return [route for route in walk(app.routes) if not route.path.startswith("/api/")]


def passed(app: FastAPI) -> dict[str, frozenset[str]]:
    """Every registered path of which a method passes the guard; the others are 403 or 404."""
    reached: dict[str, set[str]] = {}
    for route in registered(app):
        if not route.websocket:
            for (method, _), status in statuses(app, [(each, route.example) for each in METHODS]).items():
                assert status in (REACHED, 403, 404), f"{method} {route.path}: {status}"
                if status == REACHED:
                    reached.setdefault(route.path, set()).add(method)
    return {path: frozenset(methods) for path, methods in reached.items()}


def test_the_walk_finds_all_of_gradio(app: FastAPI) -> None:
    foreign = {route.path for route in registered(app) if not route.ours}
    assert foreign >= OF_GRADIO
    assert len(foreign) >= 60


def test_only_what_is_listed_is_open(app: FastAPI) -> None:
    assert passed(app) == OPEN


def test_our_own_routes_ask_for_the_owner_or_are_listed(app: FastAPI) -> None:
    """Where people log in is closed here, without --auth; test_people_routes.py walks a server with it."""
    closed = LOGIN_PATHS | {OIDC_CALLBACK, "/gradio_api/file={path:path}"}  # the last: see below
    assert {route.path for route in registered(app) if route.ours} - closed <= set(OPEN)


def test_of_calls_only_endpoints_and_files_of_ours_are_reached(app: FastAPI) -> None:
    token = "0" * 32
    reached = {
        ("POST", "/gradio_api/call/propagate"),
        ("POST", "/gradio_api/call/v2/predict"),
        ("GET", f"/gradio_api/call/evaluate/{token}"),
        ("GET", f"/gradio_api/file={CALL_FOLDER}/{token}/mask.nii.gz"),
    }
    others = {
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", f"/gradio_api/file={CALL_FOLDER}/{token}/../x"),
        ("GET", f"/gradio_api/file={CALL_FOLDER}/{token}/x/y"),
        ("GET", "/gradio_api/file=http://example.org/x"),
        ("POST", "/gradio_api/call/x"),
        ("POST", "/gradio_api/call/v2/x"),
        ("POST", "/gradio_api/run/propagate"),
        ("POST", "/gradio_api/api/propagate"),
        ("GET", "/gradio_api/heartbeat/x"),
    }
    found = statuses(app, reached | others)
    assert {request for request, status in found.items() if status == REACHED} == reached


@pytest.mark.parametrize(
    ("path", "method"),
    [("/static/run/{name}", "GET"), ("/assets/newest", "GET"), ("/theme.css/edit", "POST")],
)
def test_a_new_route_would_be_found(app: FastAPI, path: str, method: str) -> None:
    """A later Gradio's: within an open folder it is reported, elsewhere it is closed anyway."""
    (gradio,) = [route.app for route in app.routes if isinstance(route, Mount)]
    gradio.routes.append(Route(path, PlainTextResponse("new"), methods=[method]))
    found = passed(app)
    gradio.routes.pop()
    assert (path in found) is (method == "GET")
    assert (found != OPEN) is (method == "GET")


def test_odd_forms_of_closed_paths_are_closed(app: FastAPI) -> None:
    closed = {route.example for route in registered(app) if route.path not in OPEN}
    odd = [(method, form.format(path)) for path in closed for form in ODD_FORMS for method in ("GET", "POST")]
    assert len(odd) > 1000
    assert {request for request, status in statuses(app, odd).items() if status not in (403, 404)} == set()


def test_no_websocket_is_accepted(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1:7860")
    sockets = [route.example for route in walk(app.routes) if route.websocket]
    for path in [*sockets, "/", "/gradio_api/queue/join", "/api/projects"]:
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
            pass


def test_what_is_open_answers(of_the_module: Services) -> None:
    """Without the stand-in: nothing is on the list that nobody needs."""
    app = build(of_the_module)
    page = TestClient(app, base_url="http://127.0.0.1:7860").get("/")
    (script,) = re.findall(r'src="\./(assets/[^"]+)"', page.text)
    read = [path for path, methods in OPEN.items() if "{" not in path and "GET" in methods]
    paths = [path for path in read if path not in ("/manifest.json", "/gradio_api/queue/data")]
    paths += [f"/{script}", "/static/js/iframeResizer.contentWindow.min.js"]
    assert set(statuses(app, [("GET", path) for path in paths]).values()) == {200}
    beside = ["/assets/../../../routes.py", "/static/../../routes.py", "/assets/x", "/static/x"]
    assert set(statuses(app, [("GET", path) for path in beside]).values()) == {404}
