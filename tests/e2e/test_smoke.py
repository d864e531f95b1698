"""A fresh machine: the demo opens, everything needed is in view, nothing leaves this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

MAIN_CONTROLS = [
    *("project-select", "add-volume", "add-label", "propagate", "download", "save-status"),
    *(
        "tool-navigate",
        "tool-brush",
        "tool-eraser",
        "tool-lasso",
        "tool-polygon",
        "tool-fill",
        "undo",
        "redo",
    ),
    *("pane-axial", "pane-coronal", "pane-sagittal", "pane-3d", "ribbon", "slice-index", "slice-state"),
]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((1024, 768), marks=pytest.mark.viewport(1024, 768), id="1024x768"),
        pytest.param((1440, 900), marks=pytest.mark.viewport(1440, 900), id="1440x900"),
    ],
)
def test_the_demo_opens_with_all_controls_in_view(
    page: Page, server: AppServer, size: tuple[int, int]
) -> None:
    errors: list[str] = []
    elsewhere: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url) else None)
    workspace = Workspace(page, server.url)
    workspace.open()
    expect(workspace.part("pane-3d")).to_have_attribute("data-state", "volume", timeout=OPEN_TIMEOUT_MS)
    width, height = size
    for testid in MAIN_CONTROLS:
        box = workspace.part(testid).bounding_box()
        assert box is not None, f"{testid} is not visible"
        assert box["x"] >= 0, testid
        assert box["y"] >= 0, testid
        assert box["x"] + box["width"] <= width + 1, testid
        assert box["y"] + box["height"] <= height + 1, testid
    overflow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert overflow[0] <= width
    assert overflow[1] <= height
    assert "not a medical device" in page.inner_text("body")
    assert errors == []
    assert elsewhere == []


def is_elsewhere(url: str) -> bool:
    """Whether a request goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1"


def test_no_control_is_without_a_name(workspace: Workspace) -> None:
    nameless = workspace.page.evaluate(
        """[...document.querySelectorAll('.app button, .app input')]
        .filter(each => each.checkVisibility())
        .filter(each => !(each.innerText || each.ariaLabel || each.title || each.labels?.length))
        .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_the_keyboard_moves_and_names_what_it_does(workspace: Workspace) -> None:
    start = workspace.state["slice"]
    workspace.page.keyboard.press("ArrowUp")
    assert workspace.state["slice"] == start + 1
    workspace.page.keyboard.press("b")
    assert workspace.state["tool"] == "brush"
    workspace.page.keyboard.press("?")
    assert workspace.part("help").is_visible()
    workspace.page.keyboard.press("Escape")
    assert not workspace.part("help").is_visible()
