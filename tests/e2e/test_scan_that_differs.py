"""A scan unlike those that were learnt from: it is said, and the slices to paint are named and ticked off."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.scans import canonical_labels
from tests.e2e.strokes import inner_slices
from tests.e2e.workspace import RUN_TIMEOUT_MS, SAVE_TIMEOUT_MS, Workspace

ANTERIOR = 1
SIDE, DEPTH = 40, 12
"""Voxels of the part of a torso that is shown to the model: encoding all of it takes a minute."""


def torso_part(data_dir: Path, folder: Path) -> Path:
    """The middle of a torso MR on its own grid."""
    image = nib.load(data_dir / "mr_torso" / "image.nii.gz")
    start = [(size - kept) // 2 for size, kept in zip(image.shape, (SIDE, SIDE, DEPTH), strict=True)]
    part = image.slicer[
        tuple(slice(at, at + kept) for at, kept in zip(start, (SIDE, SIDE, DEPTH), strict=True))
    ]
    target = folder / "torso.nii.gz"
    nib.save(part, target)
    return target


def learn_a_hippocampus(workspace: Workspace, data_dir: Path) -> None:
    """Upload one, paint three slices by mouse and propagate."""
    folder = data_dir / "hippocampus"
    name = sorted(path.name for path in (folder / "images").glob("*.nii.gz"))[0]
    reference = canonical_labels(folder / "labels" / name) == ANTERIOR
    workspace.new_project("Differs")
    workspace.upload(folder / "images" / name)
    value = workspace.add_label("Anterior")
    for index in inner_slices(reference, 3):
        workspace.paint(index, reference[:, :, index], value)
    workspace.wait_saved()
    workspace.start_propagation()
    workspace.wait_done()
    expect(workspace.part("domain-shift")).to_be_hidden()


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_slices_of_a_scan_that_differs_are_named_painted_and_learnt(
    workspace: Workspace, data_dir: Path, tmp_path: Path
) -> None:
    learn_a_hippocampus(workspace, data_dir)
    workspace.upload(torso_part(data_dir, tmp_path))
    workspace.part("predict-main").click()
    note, slices = workspace.part("domain-shift"), workspace.part("shift-slice")
    expect(note).to_be_visible(timeout=RUN_TIMEOUT_MS)
    expect(note).to_contain_text("scan")
    expect(slices).to_have_count(2)
    asked = [int(button.get_attribute("data-index") or -1) for button in slices.all()]
    proposal = workspace.part("shift-proposal")
    named = " and ".join(str(index + 1) for index in asked)
    expect(proposal).to_have_text(f"Paint slices {named} here; they are added to what is learnt.")
    expect(workspace.part("next-slice")).to_be_hidden()
    expect(workspace.part("propagate")).to_be_disabled()
    expect(workspace.part("volume-item").filter(has_text="torso")).to_contain_text("Predicted, differs")

    workspace.part("tool-lasso").click()
    for button, index in zip(slices.all(), asked, strict=True):
        button.click()
        assert workspace.state["slice"] == index
        workspace.draw([(12.0, 12.0), (24.0, 12.0), (24.0, 24.0), (12.0, 24.0)])
        expect(button).to_have_attribute("data-painted", "true", timeout=SAVE_TIMEOUT_MS)
    expect(proposal).to_have_text("Both are painted: propagate, and they are added to what is learnt.")
    workspace.wait_saved()
    assert sorted(workspace.server_slices()) == asked
    assert all(np.any(painted) for painted in workspace.server_slices().values())

    workspace.reload()
    expect(note).to_be_visible()
    expect(slices.first).to_have_attribute("data-painted", "true")
    workspace.start_propagation()
    workspace.wait_done()
    expect(note).to_be_hidden()
    expect(workspace.part("volume-item").filter(has_text="torso")).not_to_contain_text("differs")
