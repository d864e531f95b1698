"""Services on an empty data folder, a client of their HTTP API, and a tiny volume."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.jobs.supervisor import Supervisor
from backend.media.files import MediaFiles
from backend.media.maker import MediaMaker, MediaThread
from backend.services import Services, build_services
from storage.database import BUSY_TIMEOUT_MS, Database, sqlite_file, sqlite_url
from storage.models import WorkerStatusRow
from tests.backend.accounts_helpers import person, services_with_logins
from tests.backend.clients import make_client
from tests.backend.data_folders import OWNER, fill, started
from tests.backend.job_helpers import make_supervisor
from tests.backend.reading_helpers import Study, make_study
from tests.backend.tiny import tiny_volume
from ui.page import STATIC_DIR


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows that went through all migrations."""
    path = tmp_path_factory.mktemp("migrated") / "database.sqlite3"
    database = Database(sqlite_url(path))
    database.migrate()
    database.close()
    return path


@pytest.fixture(autouse=True)
def migrated_once(migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new database is a copy of one that was migrated; tests/storage has the tests of migrations.

    A database that is there, empty or of an earlier version, or that cannot be made, is migrated as always.
    """
    migrate = Database.migrate

    def copy_or_migrate(database: Database, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        path = sqlite_file(database.url)
        if path is None or path.exists() or not os.access(path.parent, os.W_OK):
            migrate(database, busy_timeout_ms)
        else:
            shutil.copyfile(migrated_file, path)

    monkeypatch.setattr(Database, "migrate", copy_or_migrate)


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
def hospital(config: Config) -> Iterator[Services]:
    """Services where people log in."""
    services = services_with_logins(config)
    yield services
    services.close()


@pytest.fixture
def ada(hospital: Services) -> TestClient:
    """A client of Ada's, who has an account there and is logged in."""
    return person(hospital, STATIC_DIR, "Ada")


@pytest.fixture
def study(hospital: Services) -> Study:
    """A scan there that people read blind."""
    introduce_worker(hospital)
    return make_study(hospital)


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
def filled(config: Config) -> Config:
    """A data folder that was used and closed; another start on it waits 0.2 s for its lock."""
    started(config, fill)
    return dataclasses.replace(config, start_wait_s=0.2)


@pytest.fixture
def check_environment(filled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names the filled data folder in the environment, as ``check`` reads it."""
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(filled.home))
    monkeypatch.setenv("FEWSHOT_SAM_START_WAIT_S", "0.2")
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def supervisor(config: Config, services: Services) -> Iterator[Supervisor]:
    """A real worker process with the toy method."""
    supervisor = make_supervisor(config, services)
    supervisor.start()
    yield supervisor
    supervisor.stop()


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
    """Say that a worker runs, as one does that has started; ``values`` change what it says.

    Its encoder has no SAM decoder, so it is asked for no outlines.
    """
    services.outlines.link._prompts = ()
    status = {"pid": os.getpid(), "encoder": "toy", "device": "cpu", **values}
    with services.database.write() as session:
        session.add(WorkerStatusRow(id=1, **status))


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts back what a start changes in this process: log handlers, hooks, temporary folder, umask."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
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
