"""The whole way by keys alone: from no scan to a mask in the downloads, painting included."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

RINGED = """() => {
  if (document.activeElement === document.body) return true;  // Tab went round by the browser's own bar
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  const row = document.activeElement.closest('.volume-row');
  const seen = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
  return seen || (row && getComputedStyle(row).outlineStyle !== 'none');
}"""
HAS_FOCUS = "testid => document.activeElement?.dataset.testid === testid"


class Keys:
    """Nothing but keys; each focus on the way must be seen."""

    def __init__(self, workspace: Workspace) -> None:
        self.page = workspace.page
        self.press = workspace.page.keyboard.press

    def go(self, testid: str, key: str = "Tab") -> None:
        """Press a key until an element has the focus."""
        for _ in range(80):
            if self.page.evaluate(HAS_FOCUS, testid):
                return
            self.press(key)
            assert self.page.evaluate(RINGED), self.page.evaluate("document.activeElement.className")
        raise AssertionError(f"{key} never leads to {testid}")

    def hold(self, key: str, *others: str) -> None:
        """Hold a key while others are pressed."""
        self.page.keyboard.down(key)
        for other in others:
            self.press(other)
        self.page.keyboard.up(key)

    def choose(self, button: str, item: str) -> None:
        """Open a menu and choose of it."""
        self.go(button)
        self.press("Enter")
        self.go(item, "ArrowDown")
        self.press("Enter")


def test_from_a_scan_to_a_mask_without_a_mouse(workspace: Workspace, data_dir: Path, tmp_path: Path) -> None:
    keys = Keys(workspace)
    open_a_scan(workspace, keys, data_dir)
    keys.go("new-label-name")
    workspace.page.keyboard.type("Hippocampus")
    keys.press("Enter")
    expect(workspace.part("label-item")).to_have_attribute("data-active", "true")
    keys.press("Escape")
    paint(workspace, keys)
    keys.press("Control+Enter")
    workspace.wait_done()
    keys.go("download")
    keys.press("Enter")
    keys.go("download-nifti", "ArrowDown")
    with workspace.page.expect_download() as info:
        keys.press("Enter")
    info.value.save_as(tmp_path / "mask.nii.gz")
    assert (tmp_path / "mask.nii.gz").stat().st_size > 0
    assert workspace.page.evaluate(HAS_FOCUS, "download")


def open_a_scan(workspace: Workspace, keys: Keys, data_dir: Path) -> None:
    keys.choose("project-select", "new-project")
    expect(workspace.part("prompt-input")).to_be_focused()
    workspace.page.keyboard.type("By keys")
    keys.press("Enter")
    expect(workspace.part("project-select")).to_contain_text("By keys")
    expect(workspace.part("empty-state")).to_be_visible()
    keys.go("choose-files")
    # What it opens is the system's own dialog, which the browser of a test has not.
    workspace.choose_files(next((data_dir / "hippocampus" / "images").glob("*_004.nii.gz")))
    expect(workspace.part("volume-item")).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    workspace.wait_ready()


def paint(workspace: Workspace, keys: Keys) -> None:
    """A stroke, one with the button locked, and a polygon, on two slices."""
    i, j, _ = workspace.state["cursor"]
    keys.press("b")
    keys.press("/")
    assert workspace.page.evaluate(RINGED)
    keys.hold(" ", *["ArrowLeft"] * 3)
    first = workspace.screen_slices()[workspace.state["slice"]]
    assert workspace.state["cursor"][:2] == [i + 3, j] and first[i, j] and first[i + 3, j]
    keys.press("Shift+ArrowUp")
    assert workspace.state["cursor"][:2] == [i + 3, j + 10]
    keys.press("Shift+Space")
    keys.press("ArrowUp")
    keys.press("Space")
    assert workspace.screen_slices()[workspace.state["slice"]][i + 3, j + 11]
    keys.press("Shift+ArrowDown")
    keys.press("PageUp")
    keys.press("p")
    for corner in ((), ["ArrowLeft"] * 6, ["ArrowDown"] * 6):
        for key in corner:
            keys.press(key)
        keys.press("Space")
    keys.press("Enter")
    second = workspace.screen_slices()[workspace.state["slice"]]
    x, y, _ = workspace.state["cursor"]
    assert second[x - 1, y + 3] and len(workspace.screen_slices()) == 2
    workspace.wait_saved()


@pytest.mark.thorough
def test_focus_goes_back_to_where_it_came_from(workspace: Workspace) -> None:
    keys = Keys(workspace)
    keys.go("help-menu")
    keys.press("Enter")
    keys.press("Escape")
    assert workspace.page.evaluate(HAS_FOCUS, "help-menu")
    keys.press("?")
    expect(workspace.part("help")).to_be_visible()
    keys.press("Escape")
    expect(workspace.part("help")).to_have_count(0)
    assert workspace.page.evaluate(HAS_FOCUS, "help-menu")
