"""A painting tool is one file and one line in a registry: it has a button, a key, a help row, and paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

TOY = Path(__file__).parent / "toys" / "plus_tool.js"
SCAN = "hippocampus_004.nii.gz"


@pytest.fixture
def painting(page: Page, server: AppServer, data_dir: Path) -> Workspace:
    """A small scan with a label, on a page whose registry has one line more."""

    def register(route: Route) -> None:
        registry = route.fetch()
        route.fulfill(response=registry, body=f'import "./plus_tool.js";\n{registry.text()}')

    page.route("**/tools/registry.js", register)
    page.route("**/tools/plus_tool.js", lambda route: route.fulfill(path=TOY, content_type="text/javascript"))
    workspace = Workspace(page, server.url)
    workspace.open()
    workspace.new_project("toy tool")
    workspace.upload(data_dir / "hippocampus" / "images" / SCAN)
    workspace.add_label("plus")
    workspace.go_to(10)
    return workspace


def test_a_tool_of_one_file_paints(painting: Workspace) -> None:
    button = painting.part("tool-plus")
    expect(button).to_have_attribute("title", "Plus  Shift+P\nPaint a plus")
    painting.page.keyboard.press("Shift+P")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(painting.part("protect")).to_be_visible()
    expect(painting.part("brush-size")).to_be_hidden()
    painting.draw([(12, 14)])
    painting.draw([(20, 14)])
    painting.wait_saved()
    expected = np.zeros_like(painting.screen_slices()[10])
    for i in (12, 20):
        expected[i - 1 : i + 2, 14] = 1
        expected[i, 13:16] = 1
    np.testing.assert_array_equal(painting.screen_slices()[10], expected)
    np.testing.assert_array_equal(painting.server_slices()[10], expected)
    painting.page.keyboard.press("Control+z")
    expected[19:22, 14] = expected[20, 13:16] = 0
    np.testing.assert_array_equal(painting.screen_slices()[10], expected)


@pytest.mark.thorough
def test_a_tool_of_one_file_is_in_the_help_and_draws_under_the_pointer(painting: Workspace) -> None:
    painting.part("help-button").click()
    expect(painting.part("help").locator("dl div", has_text="Plus").locator("kbd")).to_have_text(
        ["Shift", "P"]
    )
    painting.page.keyboard.press("Escape")
    painting.part("tool-plus").click()
    place = painting.page.evaluate("window.fewshotSam.sliceToClient('axial', 15, 15)")
    painting.page.mouse.move(place["x"], place["y"])
    drawn = """() => {
        const canvas = document.querySelector('[data-testid="editor-canvas"]');
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, at) => at % 4 === 3 && value).length;
    }"""
    painting.page.wait_for_function(f"({drawn})() === 400")
    assert painting.part("editor-canvas").evaluate("canvas => getComputedStyle(canvas).cursor") == "cell"
