"""docs/api.md against the routers: every route is there, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

from backend.config import Config
from backend.http.routes import build_routes
from backend.http.static import StaticRoute
from backend.start import start_services
from tests.docs.conftest import read

ROW = re.compile(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `([^`]+)` \| .{10,} \|$", re.MULTILINE)


def routes_of(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of each route; HEAD is part of GET."""
    for route in routes:
        match route:
            case Mount(app=FastAPI() as api):
                for path, methods in api.openapi()["paths"].items():
                    yield from ((method.upper(), route.path + path) for method in methods)
            case StaticRoute():
                yield "GET", "/static/..."
            case Route():
                yield from ((method, route.path) for method in (route.methods or ()) if method != "HEAD")
            case _:
                pytest.fail(f"what is {route!r}?")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[tuple[str, str]]]:
    services, lock = start_services(Config.for_home(tmp_path_factory.mktemp("home")))
    yield set(routes_of(build_routes(services, Path("unused"))))
    services.end()
    lock.release()


def test_every_route_is_documented(served: set[tuple[str, str]]) -> None:
    assert len(served) >= 35
    assert served - set(ROW.findall(read("docs/api.md"))) == set()


def test_every_documented_route_exists(served: set[tuple[str, str]]) -> None:
    rows = ROW.findall(read("docs/api.md"))
    assert set(rows) - served == set()
    assert len(rows) == len(set(rows))
