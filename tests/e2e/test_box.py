"""Boxes that SAM outlines, on a real scan: drawn, dragged, taken, undone, offered next door, given up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.scans import canonical_labels
from tests.e2e.strokes import dice
from tests.e2e.workspace import Workspace

SLICE = 94
SPLEEN, LIVER = 1, 5
OUTLINE_TIMEOUT_MS = 30_000
Place = tuple[float, float]


@pytest.fixture
def reference(data_dir: Path) -> np.ndarray:
    """Canonical (X, Y, Z) labels of the scan."""
    return canonical_labels(data_dir / "ct_abdomen" / "labels.nii.gz")


def corners(organ: np.ndarray) -> tuple[Place, Place]:
    """Opposite corners of the tight box around a canonical 2D mask, in fractions of voxels."""
    held = np.argwhere(organ)
    (i0, j0), (i1, j1) = held.min(0), held.max(0)
    return (i1 + 0.5, j1 + 0.5), (i0 - 0.5, j0 - 0.5)


def drag(workspace: Workspace, start: Place, end: Place) -> None:
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    workspace.draw([start, middle, end])


def wait_for(workspace: Workspace, state: str) -> None:
    expect(workspace.part("outline-status")).to_have_attribute(
        "data-state", state, timeout=OUTLINE_TIMEOUT_MS
    )


def painted(workspace: Workspace, index: int, value: int) -> np.ndarray:
    found = workspace.screen_slices().get(index)
    return np.zeros((1, 1), bool) if found is None else found == value


def test_boxes(workspace: Workspace, data_dir: Path, reference: np.ndarray) -> None:
    workspace.new_project("Boxes")
    workspace.upload(data_dir / "ct_abdomen" / "image.nii.gz")
    spleen, liver = workspace.add_label("spleen"), workspace.add_label("liver")
    workspace.go_to(SLICE)
    keyboard = workspace.page.keyboard
    expect(workspace.part("tool-box")).to_be_enabled(timeout=60_000)
    expect(workspace.part("tool-point")).to_be_hidden()
    keyboard.press("x")
    expect(workspace.part("tool-box")).to_have_attribute("aria-pressed", "true")
    wait_for(workspace, "idle")

    organ = reference[:, :, SLICE] == LIVER
    drag(workspace, *corners(organ))
    wait_for(workspace, "ready")
    assert not painted(workspace, SLICE, liver).any()
    keyboard.press("Enter")
    assert dice(painted(workspace, SLICE, liver), organ) > 0.85
    keyboard.press("Control+z")
    assert not painted(workspace, SLICE, liver).any()
    keyboard.press("ArrowUp")
    workspace.page.wait_for_timeout(600)
    wait_for(workspace, "idle")  # what was undone is offered nowhere
    keyboard.press("ArrowDown")
    keyboard.press("Control+Shift+z")
    workspace.wait_saved()
    np.testing.assert_array_equal(workspace.server_slices()[SLICE], workspace.screen_slices()[SLICE])

    check_dragging(workspace, reference, spleen)
    check_offers(workspace, reference, spleen)


def check_dragging(workspace: Workspace, reference: np.ndarray, spleen: int) -> None:
    """A box that is too large is made tight by its corner; choosing another label takes it."""
    workspace.choose_label(spleen)
    organ = reference[:, :, SLICE] == SPLEEN
    first, last = corners(organ)
    far = (last[0] - 6, last[1] - 8)
    drag(workspace, first, far)
    wait_for(workspace, "ready")
    drag(workspace, far, last)
    wait_for(workspace, "ready")
    workspace.page.keyboard.press("Enter")
    assert dice(painted(workspace, SLICE, spleen), organ) > 0.85


def check_offers(workspace: Workspace, reference: np.ndarray, spleen: int) -> None:
    """The next slice offers the box: Enter takes it. On the one after it is given up, and comes no more."""
    keyboard = workspace.page.keyboard
    keyboard.press("ArrowUp")
    wait_for(workspace, "offered")
    expect(workspace.part("slice-state")).to_have_attribute("data-state", "none")
    keyboard.press("Enter")
    assert dice(painted(workspace, SLICE + 1, spleen), reference[:, :, SLICE + 1] == SPLEEN) > 0.8
    keyboard.press("ArrowUp")
    wait_for(workspace, "offered")
    keyboard.press("Escape")
    wait_for(workspace, "idle")
    keyboard.press("ArrowUp")
    keyboard.press("ArrowDown")
    workspace.page.wait_for_timeout(600)
    wait_for(workspace, "idle")
    assert set(workspace.screen_slices()) == {SLICE, SLICE + 1}
    workspace.wait_saved()
    assert set(workspace.server_slices()) == {SLICE, SLICE + 1}
