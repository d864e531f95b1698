"""Services on an empty data folder, a client of their HTTP API, and a tiny volume."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from backend.config import Config
from backend.http.routes import build_middleware, build_routes
from backend.media.files import MediaFiles
from backend.media.maker import MediaMaker, MediaThread
from backend.services import Services, build_services
from storage.models import WorkerStatusRow
from tests.backend.tiny import tiny_volume

OWNER = "local"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.for_home(tmp_path / "home")


@pytest.fixture
def services(config: Config) -> Iterator[Services]:
    services = build_services(config)
    yield services
    services.close()


@pytest.fixture
def client(services: Services, tmp_path: Path) -> TestClient:
    return make_client(services, tmp_path)


@pytest.fixture
def project_id(services: Services) -> str:
    return str(services.projects.create(OWNER, "Livers").id)


@pytest.fixture
def volume_id(services: Services, project_id: str) -> str:
    return str(services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id)


@pytest.fixture
def label_value(services: Services, project_id: str) -> int:
    return int(services.labels.create(OWNER, project_id, "liver").value)


@pytest.fixture
def media_thread(services: Services) -> Iterator[None]:
    """Makes previews and surfaces as a worker does."""
    config = services.config
    files = MediaFiles(config.preview_folder, config.mesh_folder)
    thread = MediaThread(MediaMaker(services.database, services.blobs, files).make_next)
    thread.start()
    waiting = services.jobs.notify
    services.media._wake_worker = lambda: (waiting(), thread.wake())
    yield
    thread.stop()


def introduce_worker(services: Services, **values: Any) -> None:
    """Say that a worker runs, as one does that has started; ``values`` change what it says."""
    status = {"pid": os.getpid(), "encoder": "toy", "device": "cpu", **values}
    with services.database.write() as session:
        session.add(WorkerStatusRow(id=1, **status))


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


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts back what a start changes in this process: log handlers, temporary folder, umask."""
    root = logging.getLogger()
    handlers, level, umask = list(root.handlers), root.level, os.umask(0o022)
    os.umask(umask)
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    yield
    os.umask(umask)
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
