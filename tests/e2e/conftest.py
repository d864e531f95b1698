"""A server for each module, a page for each test; a screenshot where a test fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import share_encoder
from tests.e2e.server import ROOT, AppServer
from tests.e2e.workspace import Workspace

SCREENSHOTS = ROOT / "test-results"
ACTION_TIMEOUT_MS = 15_000

expect.set_options(timeout=ACTION_TIMEOUT_MS)  # app, worker and two browsers may share two cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures see whether the test failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@contextmanager
def running_app(
    folder: Path, embeddings_folder: Path, *options: str, **environment: str
) -> Iterator[AppServer]:
    """The app with an empty data folder in ``folder`` but for the converted encoder."""
    home = folder / "home"
    share_encoder(home, embeddings_folder)
    server = AppServer(home, *options, **environment)
    server.start()
    try:
        yield server
    finally:  # a failed assertion inside must not leave it running
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    """The app with an empty data folder but for the converted encoder, one for all tests of a module."""
    with running_app(tmp_path_factory.mktemp("app"), embeddings_folder) as server:
        yield server


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a context of its own; ``pytest.mark.viewport(width, height)`` sets its size."""
    mark = request.node.get_closest_marker("viewport")
    width, height = mark.args if mark else (1440, 900)
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    page = context.new_page()
    yield page
    if request.node.stash.get(FAILED, False):
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
    context.close()


@pytest.fixture
def workspace(page: Page, server: AppServer) -> Workspace:
    """The workspace, opened on whatever the server shows first."""
    workspace = Workspace(page, server.url)
    workspace.open()
    return workspace
