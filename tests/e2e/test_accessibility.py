"""What axe-core finds on the page, in the states that people are in: nothing serious."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import running_app
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()


MENUS = (
    "project-select",
    "run-settings",
    "window-menu",
    "label-menu",
    "volume-menu",
    "help-menu",
    "threshold",
)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MISPLACED = """() => {
  const seen = (each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const scrolls = '.unseen, .volume-list, .label-list, dialog, .toasts, input[type=file]';
  const kinds = '.app button, .app a, .app input, .app select, .app p, .app span';
  const boxes = [...document.querySelectorAll(kinds)]
    .filter((each) => seen(each) && !each.closest(scrolls))
    .map((each) => [each, each.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height > 1);
  const name = (each) => each.dataset.testid || `${each.className} ${each.textContent.slice(0, 20)}`;
  const out = boxes.filter(([, box]) => box.left < -1 || box.right > innerWidth + 1)
    .map(([each]) => `out ${name(each)}`);
  const isControl = (each) => each.matches('button, a, input, select') && !each.closest('.range-track');
  const controls = boxes.filter(([each]) => isControl(each));
  const over = controls.flatMap(([a, x], n) => controls.slice(n + 1)
    .filter(([b]) => !a.contains(b) && !b.contains(a))
    .filter(([, y]) => Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1.5)
    .filter(([, y]) => Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1.5)
    .map(([b]) => `over ${name(a)} ${name(b)}`));
  return [...out, ...over];
}"""


def ground(page: Page, selector: str) -> str:
    """The computed background of what a selector finds first."""
    return page.locator(selector).first.evaluate("each => getComputedStyle(each).backgroundColor")


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


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.thorough)])
def test_nothing_serious_on_the_workspace_and_its_menus(
    bare_page: Page, server: AppServer, theme: Literal["light", "dark"]
) -> None:
    bare_page.emulate_media(color_scheme=theme)
    workspace = Workspace(bare_page, server.url)
    workspace.open()
    assert serious(bare_page) == []
    for testid in MENUS:
        workspace.part(testid).first.click()
        assert serious(bare_page) == [], testid
        bare_page.keyboard.press("Escape")
    workspace.part("help-button").click()
    assert serious(bare_page) == []
    bare_page.keyboard.press("Escape")
    workspace.part("label-menu").first.click()
    workspace.part("label-term").click()
    expect(workspace.part("term").first).to_be_visible()
    assert serious(bare_page) == []


def test_nothing_serious_where_people_log_in(
    bare_page: Page, tmp_path: Path, embeddings_folder: Path
) -> None:
    with running_app(tmp_path, embeddings_folder, "--auth") as server:
        for document in ("login", "invite"):
            bare_page.goto(f"{server.url}/{document}")
            for theme in THEMES:
                bare_page.emulate_media(color_scheme=theme)
                assert serious(bare_page) == [], (document, theme)
            bare_page.set_viewport_size({"width": 320, "height": 640})
            assert bare_page.evaluate("document.documentElement.scrollWidth") == 320
            bare_page.set_viewport_size({"width": 1440, "height": 900})


def test_the_chosen_theme_is_kept_and_images_stay_dark(bare_page: Page, server: AppServer) -> None:
    bare_page.emulate_media(color_scheme="dark")
    workspace = Workspace(bare_page, server.url)
    workspace.open()
    dark = ground(bare_page, ".app")
    workspace.part("help-menu").click()
    workspace.part("theme-light").click()
    for visit in range(2):
        assert ground(bare_page, ".app") != dark, visit
        assert ground(bare_page, ".pane.main") == "rgb(0, 0, 0)"
        workspace.reload()
    bare_page.goto(server.url)  # Gradio's page around the frame follows, too
    expect(bare_page.locator("html")).to_have_attribute("data-theme", "light")


# Half of 1440 x 900, and what 1.25 leaves of it and of 1024 x 768.
@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(1152, 720, marks=pytest.mark.thorough),
        pytest.param(819, 614, marks=pytest.mark.thorough),
        (720, 450),
    ],
)
def test_nothing_is_cut_off_or_overlaps_on_an_enlarged_page(
    bare_page: Page, server: AppServer, width: int, height: int
) -> None:
    bare_page.set_viewport_size({"width": width, "height": height})
    workspace = Workspace(bare_page, server.url)
    workspace.open()
    workspace.part("tool-brush").click()
    assert bare_page.evaluate(MISPLACED) == []
    workspace.part("help-menu").click()
    assert bare_page.evaluate(MISPLACED.replace(".app ", ".menu ")) == []
    bare_page.keyboard.press("Escape")
    bare_page.keyboard.press("?")
    bare_page.set_viewport_size({"width": 320, "height": 640})
    box = workspace.part("help").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    assert (
        workspace.part("help")
        .locator(".dialog-body")
        .evaluate("each => each.scrollWidth <= each.clientWidth")
    )
