"""Tools that work on what is there: shapes, keeping a piece, picking a label. Undo takes each back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import expect

from tests.e2e.strokes import Contour
from tests.e2e.workspace import Workspace

SHAPE = (64, 64, 12)


def square(low: float, high: float) -> Contour:
    return [(low, low), (high, low), (high, high), (low, high), (low, low)]


def test_shapes_pieces_and_labels(workspace: Workspace, tmp_path: Path) -> None:
    voxels = np.random.default_rng(0).integers(0, 400, SHAPE).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), tmp_path / "noise.nii.gz")
    workspace.new_project("Shapes")
    workspace.upload(tmp_path / "noise.nii.gz")
    first = workspace.add_label("First")
    second = workspace.add_label("Second")
    workspace.go_to(5)

    def areas() -> tuple[int, int]:
        painted = workspace.screen_slices()[5]
        return int((painted == first).sum()), int((painted == second).sum())

    def lasso(value: int, low: float, high: float) -> None:
        workspace.choose_label(value)
        workspace.part("tool-lasso").click()
        workspace.draw(square(low, high))

    lasso(first, 10, 30)
    lasso(second, 40, 44)
    lasso(second, 50, 56)
    whole = areas()
    check_shapes(workspace, areas, first)

    workspace.part("tool-keep").click()
    workspace.draw([(53, 53)])
    kept = np.argwhere(workspace.screen_slices()[5] == second)
    assert len(kept) > 25 and kept.min() >= 48
    assert areas()[0] == whole[0]

    workspace.part("tool-lasso").click()
    workspace.page.keyboard.press("i")
    workspace.draw([(53, 53)])
    assert workspace.state["activeLabel"] == second
    expect(workspace.part("tool-lasso")).to_have_attribute("aria-pressed", "true")
    workspace.wait_saved()
    np.testing.assert_array_equal(workspace.server_slices()[5], workspace.screen_slices()[5])


def check_shapes(workspace: Workspace, areas: Callable[[], tuple[int, int]], label: int) -> None:
    """The label of the first area grows, shrinks and loses its hole; what it was comes back each time."""
    whole, keyboard = areas(), workspace.page.keyboard
    workspace.choose_label(label)
    workspace.part("shape").click()
    workspace.part("shape-grow").click()
    assert areas()[0] > whole[0]
    keyboard.press("s")
    assert areas() == whole  # a square grown by a millimetre and shrunk again is the square
    keyboard.press("Control+z")
    keyboard.press("Control+z")
    assert areas() == whole

    workspace.part("tool-eraser").click()
    workspace.draw([(20.5, 20.5), (20.6, 20.5)])
    assert areas()[0] < whole[0]
    keyboard.press("h")
    assert areas() == whole
