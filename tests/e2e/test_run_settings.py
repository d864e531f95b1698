"""Settings of a run, remembered and shown with its result; and where two runs differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import Workspace

SIDE, DEPTH = 48, 16
PAINTED = (3, 8, 12)
DECODER = {"method": "sam_decoder", "encoder": "lite-medsam", "encoder_title": "LiteMedSAM", "seed": 3}


def ball() -> np.ndarray:
    """An (X, Y, Z) bool ball that is cut off at its upper end."""
    x, y, z = np.indices((SIDE, SIDE, DEPTH))
    return (x - 24) ** 2 + (y - 22) ** 2 + (2 * (z - 9)) ** 2 < 14**2


@pytest.fixture
def painting(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A scan of a bright ball, painted on three slices."""
    inside = ball()
    voxels = np.where(inside, 200, 60) + np.random.default_rng(0).normal(0, 25, inside.shape)
    nib.save(nib.Nifti1Image(voxels.astype(np.int16), np.diag([1, 1, 2, 1])), tmp_path / "ball.nii.gz")
    workspace.new_project("Settings")
    workspace.upload(tmp_path / "ball.nii.gz")
    value = workspace.add_label("Ball")
    for index in PAINTED:
        workspace.paint(index, inside[:, :, index], value)
    workspace.wait_saved()
    return workspace


def test_settings_of_a_run_and_two_runs_compared(painting: Workspace) -> None:
    choose_settings(painting)
    second = run(painting)
    assert second["choice"] == DECODER
    expect(painting.part("propagate-reason")).to_contain_text("with SAM's decoder, seed 3")
    expect(painting.part("compare-runs")).to_be_hidden()
    painting.reload()
    expect(painting.part("run-choice")).to_have_text("SAM's decoder, seed 3")
    painting.part("run-choice").click()
    painting.part("choice-reset").click()
    expect(painting.part("run-choice")).to_be_hidden()
    painting.page.keyboard.press("Escape")
    first = run(painting)
    assert (first["choice"]["method"], first["choice"]["seed"]) == ("triplanar", 0)
    expect(painting.part("propagate-reason")).not_to_contain_text("with")
    compare(painting, first, second)


def choose_settings(painting: Workspace) -> None:
    """SAM's decoder with seed 3, told by the chip."""
    expect(painting.part("run-choice")).to_be_hidden()
    painting.part("run-settings").click()
    expect(painting.part("method-triplanar")).to_have_attribute("aria-checked", "true")
    painting.part("method-sam_decoder").click()
    painting.part("seed").fill("3")
    painting.page.keyboard.press("Escape")
    expect(painting.part("run-settings-menu")).to_be_hidden()
    expect(painting.part("run-choice")).to_have_text("SAM's decoder, seed 3")


def run(painting: Workspace) -> dict[str, Any]:
    """Propagate to the end; the run as the server has it."""
    painting.start_propagation()
    painting.wait_done()
    found: dict[str, Any] = painting.api(f"runs/{painting.state['run']['id']}")
    painting.page.wait_for_function("id => window.fewshotSam.state.maskId === id", arg=found["mask_id"])
    return found


def compare(painting: Workspace, first: dict[str, Any], second: dict[str, Any]) -> None:
    """What the panel says is what the two masks hold, and the slices are reached from it and by J."""
    one, other = (voxels(painting, each["mask_id"]) for each in (first, second))
    keyboard, panel = painting.page.keyboard, painting.part("comparison")
    keyboard.press("Shift+d")
    expect(panel).to_be_visible()
    expect(painting.part("propagate")).to_be_hidden()
    dice = 2 * (one & other).sum() / (one.sum() + other.sum())
    expect(painting.part("agreement").locator("li")).to_contain_text(f"{dice:.3f}")
    differing = (one != other).sum(axis=(0, 1))
    order = sorted(np.flatnonzero(differing), key=lambda index: (-differing[index], index))
    assert len(order) > 1 and not set(order) & set(PAINTED)
    rows = painting.part("differing-slices").locator("button")
    expect(rows).to_have_count(len(order))
    rows.first.click()
    assert painting.state["slice"] == order[0]
    keyboard.press("j")
    assert painting.state["slice"] == order[1]
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    painting.part("second-run").select_option(first["id"])  # the two change places
    expect(painting.part("first-run")).to_have_value(second["id"])
    expect(rows).to_have_count(len(order))
    keyboard.press("Escape")
    expect(panel).to_be_hidden()
    painting.part("compare-runs").click()
    expect(painting.part("first-run")).to_have_value(first["id"])
    painting.part("comparison-end").click()
    assert painting.state["maskId"] == first["mask_id"]


def voxels(painting: Workspace, mask_id: str) -> np.ndarray:
    """An (X, Y, Z) bool mask, as the server holds it."""
    answer = painting.page.request.get(f"{painting.url}/api/masks/{mask_id}/voxels")
    return np.frombuffer(answer.body(), np.uint8).reshape((SIDE, SIDE, DEPTH), order="F") != 0
