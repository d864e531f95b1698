"""A server on which MONAI Label is switched on, over real HTTP, and the client of the package monailabel."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from backend.config import Config
from backend.http.routes import build_middleware, build_routes
from backend.http.server import HttpServer
from backend.services import Services, build_services
from tests.backend.accounts_helpers import services_with_logins
from ui.page import STATIC_DIR

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it parses forms with the module cgi
    from monailabel.client.client import MONAILabelClient, MONAILabelClientException

__all__ = ["MONAILabelClientException"]

NewClient = Callable[..., Any]


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """The services over HTTP; the address of their MONAI Label server, without a project."""
    app = Starlette(routes=build_routes(services, STATIC_DIR), middleware=build_middleware(services))
    server = HttpServer(app, "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}/monailabel"
    server.stop()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return dataclasses.replace(Config.for_home(tmp_path / "home"), monai_label=True)


@pytest.fixture
def services(config: Config) -> Iterator[Services]:
    services = build_services(config)
    yield services
    services.close()


@pytest.fixture
def hospital(config: Config) -> Iterator[Services]:
    services = services_with_logins(config)
    yield services
    services.close()


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    with serving(services) as found:
        yield found


@pytest.fixture
def new_client(tmp_path: Path) -> NewClient:
    """Makes clients of a project."""
    folder = tmp_path / "client"
    folder.mkdir()

    def make(address: str, project_id: str) -> Any:
        return MONAILabelClient(f"{address}/{project_id}/", tmpdir=str(folder), client_id="a-program")

    return make
