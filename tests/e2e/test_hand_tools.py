"""Interpolating, keeping to a range, locking; and undo across it, of accepting and deleting a label too."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.strokes import Contour
from tests.e2e.workspace import Workspace

SHAPE = (64, 64, 12)
BRIGHT = 32  # voxels from here on along x are bright


def square(left: float, low: float, size: float = 10) -> Contour:
    right, high = left + size, low + size
    return [(left, low), (right, low), (right, high), (left, high), (left, low)]


@pytest.fixture
def painting(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A scan that is bright on one side, with two labels, the first painted on slices 2 and 6."""
    voxels = np.zeros(SHAPE, np.int16)
    voxels[BRIGHT:] = 300
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), tmp_path / "half.nii.gz")
    workspace.new_project("Hand tools")
    workspace.upload(tmp_path / "half.nii.gz")
    for name in ("First", "Second"):
        workspace.add_label(name)
    lasso(workspace, 2, 1, square(10, 10))
    lasso(workspace, 6, 1, square(14, 18))
    return workspace


def lasso(workspace: Workspace, index: int, value: int, contour: Contour) -> None:
    workspace.go_to(index)
    workspace.choose_label(value)
    workspace.part("tool-lasso").click()
    workspace.draw(contour)


def states(workspace: Workspace) -> dict[int, str]:
    """What the slices are that are not cleared."""
    found = workspace.page.evaluate("window.fewshotSam.paintedSlices()")
    return {int(index): state for index, state in found.items() if state != "cleared"}


def stored_states(workspace: Workspace) -> dict[int, str]:
    """The same, as the server holds it."""
    workspace.wait_saved()
    entries = workspace.api(f"volumes/{workspace.state['volumeId']}/annotations")
    return {entry["slice_index"]: entry["state"] for entry in entries if entry["state"] != "cleared"}


def undo(workspace: Workspace, text: str) -> None:
    workspace.page.keyboard.press("Control+z")
    expect(workspace.part("toasts")).to_contain_text(f"Undone: {text}")


def test_hand_tools_and_undo_across_them(painting: Workspace) -> None:
    check_esc(painting)
    interpolated = check_interpolation(painting)
    check_range_and_lock(painting)
    check_deletion_comes_back(painting)
    painting.reload()
    assert states(painting) == stored_states(painting) == interpolated | {9: "painted"}
    expect(painting.part("label-lock").nth(1)).to_have_attribute("aria-pressed", "true")
    assert painting.api(f"volumes/{painting.state['volumeId']}")["painted"]["axial"] == 3


def check_esc(painting: Workspace) -> None:
    """Esc in a stroke leaves the slice as it was; what else is pressed meanwhile does nothing."""
    before, mouse = painting.screen_slices()[6], painting.page.mouse
    painting.part("tool-brush").click()
    start, end = (
        painting.page.evaluate("([i, j]) => window.fewshotSam.sliceToClient('axial', i, j)", place)
        for place in ([20, 20], [40, 40])
    )
    mouse.move(start["x"], start["y"])
    mouse.down()
    mouse.move(end["x"], end["y"], steps=5)
    assert (painting.screen_slices()[6] != before).any()
    for key in ("c", "n", "Escape"):
        painting.page.keyboard.press(key)
    mouse.move(start["x"], end["y"])
    mouse.up()
    assert states(painting) == stored_states(painting) == {2: "painted", 6: "painted"}
    np.testing.assert_array_equal(painting.screen_slices()[6], before)
    np.testing.assert_array_equal(painting.server_slices()[6], before)


def check_interpolation(painting: Workspace) -> dict[int, str]:
    """Slices between are filled, marked as interpolated, accepted one by one, and taken back in one step."""
    painted = {2: "painted", 6: "painted"}
    interpolated = painted | dict.fromkeys((3, 4, 5), "interpolated")
    keyboard = painting.page.keyboard
    keyboard.press("u")
    assert states(painting) == stored_states(painting) == interpolated
    shapes = painting.screen_slices()
    assert np.argwhere(shapes[4]).mean(axis=0) == pytest.approx([17, 19], abs=1.5)
    painting.go_to(4)
    expect(painting.part("slice-state")).to_have_attribute("data-state", "interpolated")
    keyboard.press("t")
    assert states(painting)[4] == "painted"
    undo(painting, "accept the slice")
    assert states(painting) == interpolated
    undo(painting, "interpolate First")
    assert states(painting) == painted
    keyboard.press("Control+Shift+z")
    assert states(painting) == interpolated
    np.testing.assert_array_equal(painting.screen_slices()[4], shapes[4])
    return interpolated


def check_range_and_lock(painting: Workspace) -> None:
    """The lasso takes the bright half of its square only; what it painted is then locked."""
    keyboard = painting.page.keyboard
    keyboard.press("z")
    for end, value in (("low", "200"), ("high", "400")):
        painting.part(f"threshold-{end}-value").fill(value)
        keyboard.press("Enter")
    lasso(painting, 9, 2, square(BRIGHT - 5.5, 40))
    inside = np.argwhere(painting.screen_slices()[9] == 2)
    assert inside[:, 0].min() == BRIGHT and len(inside) == pytest.approx(50, abs=12)
    keyboard.press("z")
    expect(painting.part("threshold-panel")).to_be_hidden()
    keyboard.press("y")
    lasso(painting, 9, 1, square(BRIGHT - 5.5, 40))
    slice_of_both = painting.screen_slices()[9]
    np.testing.assert_array_equal(np.argwhere(slice_of_both == 2), inside)
    assert (slice_of_both == 1).sum() > 30
    undo(painting, "lasso")
    np.testing.assert_array_equal(np.argwhere(painting.screen_slices()[9]), inside)


def check_deletion_comes_back(painting: Workspace) -> None:
    """Undo brings a deleted label back, with its paint on every slice and what was interpolated of it."""
    before, nothing = painting.screen_slices(), np.zeros(SHAPE[:2])
    row = painting.part("label-item").filter(has_text="First")
    row.hover()
    row.get_by_test_id("label-menu").click()
    painting.part("label-delete").click()
    painting.part("confirm").click()
    expect(painting.part("label-item")).to_have_count(1)
    cleared = "index => window.fewshotSam.paintedSlices()[index] === 'cleared'"
    for index in (2, 4, 6):
        painting.page.wait_for_function(cleared, arg=index)
    assert states(painting) == {9: "painted"}
    undo(painting, "delete label First")
    expect(painting.part("label-item")).to_have_count(2)
    after = painting.screen_slices()
    for index in range(2, 10):
        np.testing.assert_array_equal(after.get(index, nothing), before.get(index, nothing))
