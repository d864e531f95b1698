"""The histogram under the window, with the mouse and the keyboard, on a real CT."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import Workspace


@pytest.mark.viewport(1024, 768)
def test_the_window_is_set_on_the_histogram(workspace: Workspace, data_dir: Path) -> None:
    workspace.new_project("Histogram")
    workspace.upload(data_dir / "ct_abdomen" / "image.nii.gz")
    page, low, high = workspace.page, workspace.part("window-low"), workspace.part("window-high")
    workspace.part("window-menu").click()
    before = page.evaluate("fewshotSam.state.window")
    bins = page.evaluate(
        """() => {
          const { width, height } = document.querySelector("[data-testid=histogram] canvas");
          const context = document.querySelector("[data-testid=histogram] canvas").getContext("2d");
          const { data } = context.getImageData(0, height - 1, width, 1);
          return Array.from({ length: width }, (_, at) => data[4 * at + 3] > 0);
        }"""
    )
    assert sum(bins) > len(bins) / 2  # the CT has intensities nearly everywhere between lung and bone
    high.focus()
    page.keyboard.press("End")
    widened = page.evaluate("fewshotSam.state.window")
    assert widened[0] == before[0]
    assert widened[1] > before[1]
    low.focus()
    page.keyboard.press("End")  # the ends do not cross
    pushed = page.evaluate("fewshotSam.state.window")
    assert pushed[0] < pushed[1]
    expect(workspace.part("histogram").locator("output").nth(1)).to_have_text(f"{round(pushed[1])} HU")
    workspace.part("window-menu-list").get_by_text("As opened").click()
    assert page.evaluate("fewshotSam.state.window") == before
