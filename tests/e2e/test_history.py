"""Earlier versions of a slice come back with a click, and so does what was deleted, with its paint."""

from __future__ import annotations

import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

SLICE = 20


def square(size: tuple[int, int], low: int, high: int) -> np.ndarray:
    """A 2D mask that is set from ``low`` to ``high`` in both axes."""
    mask = np.zeros(size, bool)
    mask[low:high, low:high] = True
    return mask


@pytest.fixture
def hippocampus(workspace: Workspace, data_dir: Path) -> Workspace:
    """A project of its own with one small scan and a label."""
    workspace.new_project("history")
    workspace.upload(min((data_dir / "hippocampus" / "images").glob("*.nii.gz")))
    workspace.wait_ready()
    workspace.add_label("Anterior")
    return workspace


def versions(workspace: Workspace) -> Locator:
    return workspace.part("slice-history").get_by_test_id("version")


def deleted_row(workspace: Workspace, kind: str) -> Locator:
    workspace.part("project-select").click()
    workspace.part("show-deleted").click()
    return workspace.page.locator(f'[data-testid="deleted-item"][data-kind="{kind}"]').first


def close_dialog(workspace: Workspace) -> None:
    workspace.page.keyboard.press("Escape")
    expect(workspace.part("deleted-dialog")).to_be_hidden()


def paint_two_versions(workspace: Workspace) -> tuple[np.ndarray, np.ndarray]:
    """The slice's labels after each of two strokes."""
    size = workspace.slice_size()
    painted = []
    for low, high in ((8, 16), (18, 26)):
        workspace.paint(SLICE, square(size, low, high), 1)
        workspace.wait_saved()
        painted.append(workspace.server_slices()[SLICE])
    return painted[0], painted[1]


@pytest.mark.thorough
def test_versions_are_seen_and_restored_and_what_is_deleted_comes_back(hippocampus: Workspace) -> None:
    workspace = hippocampus
    first, second = paint_two_versions(workspace)
    workspace.page.keyboard.press("Shift+H")
    expect(versions(workspace)).to_have_count(2)
    expect(versions(workspace).nth(0)).to_contain_text("+")
    assert versions(workspace).nth(1).locator("canvas").evaluate("canvas => canvas.width") <= 88
    workspace.page.keyboard.press("ArrowDown")
    workspace.page.keyboard.press("Enter")
    expect(versions(workspace)).to_have_count(3)
    workspace.wait_saved()
    assert np.array_equal(workspace.server_slices()[SLICE], first)
    expect(workspace.part("slice-history").locator('[data-version="1"]')).to_be_focused()
    workspace.page.keyboard.press("Escape")
    expect(workspace.part("slice-history")).to_be_hidden()
    workspace.part("undo").click()
    workspace.wait_saved()
    assert np.array_equal(workspace.server_slices()[SLICE], second)

    delete_label(workspace)
    deleted_row(workspace, "label").get_by_test_id("deleted-restore").click()
    expect(workspace.part("label-item")).to_have_count(1)
    close_dialog(workspace)
    assert np.array_equal(workspace.server_slices()[SLICE], second)

    delete_volume(workspace)
    row = deleted_row(workspace, "volume")
    expect(row).to_contain_text("1 painted slice")
    expect(row).to_contain_text("30 days left")
    row.get_by_test_id("deleted-restore").click()
    expect(workspace.part("volume-item")).to_have_count(1, timeout=OPEN_TIMEOUT_MS)
    close_dialog(workspace)
    workspace.wait_ready()
    assert np.array_equal(workspace.server_slices()[SLICE], second)

    delete_volume(workspace)
    deleted_row(workspace, "volume").get_by_test_id("deleted-end").click()
    workspace.part("confirm").click()
    expect(workspace.part("deleted-nothing")).to_be_visible()


def delete_label(workspace: Workspace) -> None:
    workspace.part("label-menu").click()
    workspace.part("label-delete").click()
    workspace.part("confirm").click()
    expect(workspace.part("label-item")).to_have_count(0)


def delete_volume(workspace: Workspace) -> None:
    workspace.part("volume-menu").click()
    workspace.part("volume-delete").click()
    workspace.part("confirm").click()
    expect(workspace.part("volume-item")).to_have_count(0)


@pytest.mark.thorough
def test_two_runs_are_seen_side_by_side_and_the_first_is_made_current(
    hippocampus: Workspace, tmp_path: Path
) -> None:
    workspace = hippocampus
    size = workspace.slice_size()
    masks = []
    for index, (low, high) in ((12, (8, 18)), (SLICE, (14, 28))):
        workspace.paint(index, square(size, low, high), 1)
        workspace.wait_saved()
        workspace.start_propagation()
        workspace.wait_done()
        state = "window.fewshotSam.state"  # of a run that is done, whose mask may still be on its way
        workspace.page.wait_for_function(f"{state}.run.mask_id === {state}.maskId")
        masks.append(workspace.state["maskId"])
    assert masks[0] != masks[1]
    workspace.page.keyboard.press("Shift+D")
    expect(workspace.part("run-differences")).to_contain_text("Settings of run 2, run 1")
    expect(workspace.part("run-differences")).to_contain_text("Painted slices: 2, 1")
    workspace.part("comparison-beside").click()
    expect(workspace.part("pane-beside")).to_be_visible()
    before = workspace.screen_slices()
    for key in ("n", "c", "u", "Delete", "g"):  # on a slice that is painted
        workspace.page.keyboard.press(key)
    after = workspace.screen_slices()
    assert before.keys() == after.keys() == {12, SLICE}
    assert all(np.array_equal(before[index], after[index]) for index in before)
    workspace.page.keyboard.press("j")
    differing = workspace.state["slice"]
    workspace.page.keyboard.press("j")
    workspace.page.keyboard.press("Shift+J")
    assert workspace.state["slice"] == differing
    first = workspace.part(f"pane-{workspace.state['mainPane']}")
    expect(first).to_have_accessible_name(re.compile("First: run 2$"))
    expect(workspace.part("pane-beside")).to_have_accessible_name(re.compile("Second: run 1$"))
    expect(first.get_by_text("First: run 2")).to_be_visible()
    workspace.part("make-second-current").click()
    expect(workspace.part("comparison")).to_be_hidden()
    assert workspace.state["maskId"] == masks[0]
    workspace.reload()
    workspace.page.wait_for_function("id => window.fewshotSam.state.maskId === id", arg=masks[0])
    exported = np.asarray(nib.load(workspace.download("nifti", tmp_path)).dataobj)
    expected = workspace.page.request.get(f"{workspace.url}/api/masks/{masks[0]}/voxels").body()
    assert np.count_nonzero(exported) == np.count_nonzero(np.frombuffer(expected, np.uint8))
