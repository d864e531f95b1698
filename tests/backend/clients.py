"""A client of the HTTP API."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from backend.http.routes import build_middleware, build_routes
from backend.services import Services


def make_client(services: Services, static_folder: Path) -> TestClient:
    """A client as the page is one: right host, and the header of changes."""
    app = Starlette(routes=build_routes(services, static_folder), middleware=build_middleware(services))
    return TestClient(
        app,
        base_url="http://127.0.0.1:7860",
        headers={"X-Fewshot-Sam": "1"},
        raise_server_exceptions=False,
        client=("127.0.0.1", 50000),
    )
