"""What axe-core finds on the page, in the states that people are in: nothing serious."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import running_app
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()


def serious(page: Page) -> list[str]:
    """Rules of WCAG 2.1 AA that are broken and keep people out, each with where; [] if none is."""
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", RULES)
    assert found["passes"]
    return [
        f"{each['id']}: {', '.join(str(node['target']) for node in each['nodes'])}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def bare_page(browser: Browser) -> Iterator[Page]:
    """A page into which axe may be put: the workspace's own policy lets no other script in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    yield context.new_page()
    context.close()


def test_nothing_serious_on_the_workspace_and_its_menus(bare_page: Page, server: AppServer) -> None:
    workspace = Workspace(bare_page, server.url)
    workspace.open()
    assert serious(bare_page) == []
    for testid in ("project-select", "run-settings", "window-menu", "label-menu", "volume-menu", "threshold"):
        workspace.part(testid).first.click()
        assert serious(bare_page) == [], testid
        bare_page.keyboard.press("Escape")
    workspace.part("help-button").click()
    assert serious(bare_page) == []


def test_nothing_serious_where_people_log_in(
    bare_page: Page, tmp_path: Path, embeddings_folder: Path
) -> None:
    with running_app(tmp_path, embeddings_folder, "--auth") as server:
        for document in ("login", "invite"):
            bare_page.goto(f"{server.url}/{document}")
            assert serious(bare_page) == [], document
