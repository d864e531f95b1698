"""What a run shows early: a draft before its result. And runs that start by themselves: Auto."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.scans import canonical_labels
from tests.e2e.strokes import inner_slices
from tests.e2e.workspace import RUN_TIMEOUT_MS, Workspace

pytestmark = pytest.mark.thorough

LIVER = 5


@pytest.mark.slow
def test_the_draft_gives_way_to_the_result_and_corrections_stay(workspace: Workspace, data_dir: Path) -> None:
    reference = canonical_labels(data_dir / "mr_torso" / "labels.nii.gz") == LIVER
    painted = inner_slices(reference, 5)  # from five on, a run reads half of the orthogonal planes
    workspace.new_project("Draft")
    workspace.upload(data_dir / "mr_torso" / "image.nii.gz")
    value = workspace.add_label("Liver")
    for index in painted:
        workspace.paint(index, reference[:, :, index], value)
    workspace.wait_saved()
    between = painted[0] + 1
    workspace.go_to(between)
    workspace.start_propagation()
    state = workspace.part("slice-state")
    expect(state).to_have_text("Draft", timeout=60_000)
    expect(workspace.part("volume-item")).to_contain_text("Draft")
    expect(workspace.part("propagate-reason")).to_contain_text("what you paint stays")
    assert workspace.api(f"masks/{workspace.state['maskId']}")["draft"]
    workspace.part("tool-brush").click()
    workspace.draw([(10.0, 10.0), (14.0, 10.0)])
    workspace.wait_saved()
    expect(state).to_have_text("Painted")
    corrected = workspace.server_slices()[between]
    workspace.wait_done()
    workspace.go_to(painted[1] + 1)
    expect(state).to_have_text("Predicted")
    expect(workspace.part("volume-item")).to_contain_text("Predicted")
    workspace.part("start-afresh").click()
    expect(state).to_have_text("Blank")
    workspace.draw([(10.0, 10.0), (14.0, 10.0)])
    expect(state).to_have_text("Painted")
    assert not (workspace.screen_slices()[painted[1] + 1] & reference[:, :, painted[1] + 1]).any()
    for shown in ("Blank", "Predicted"):
        workspace.page.keyboard.press("Control+z")
        expect(state).to_have_text(shown)
    assert not workspace.api(f"masks/{workspace.state['maskId']}")["draft"]
    np.testing.assert_array_equal(workspace.server_slices()[between], corrected)
    np.testing.assert_array_equal(workspace.screen_slices()[between], corrected)


@pytest.mark.slow
def test_auto_runs_once_painting_rests_and_gives_way_to_the_next_stroke(
    workspace: Workspace, data_dir: Path
) -> None:
    reference = canonical_labels(data_dir / "mr_torso" / "labels.nii.gz") == LIVER
    first, second = inner_slices(reference, 2)
    workspace.new_project("Auto")
    workspace.upload(data_dir / "mr_torso" / "image.nii.gz")
    value = workspace.add_label("Liver")
    workspace.page.keyboard.press("a")
    expect(workspace.part("auto-run")).to_be_checked()
    workspace.paint(first, reference[:, :, first], value)
    workspace.expect_run("running")
    workspace.paint(second, reference[:, :, second], value)
    expect(workspace.part("propagate-reason")).to_contain_text(
        "from 2 painted slices", timeout=RUN_TIMEOUT_MS
    )
    assert sorted(workspace.server_slices()) == sorted([first, second])
