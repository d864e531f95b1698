"""A real hippocampus: its reference is imported, two slices propagated; scores are those of evaluate."""

from __future__ import annotations

import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from fewshot_sam.cli.main import main
from fewshot_sam.data.planes import Plane, take_slice, to_display
from tests.e2e.scans import canonical_labels
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace


def test_a_mask_is_scored_against_an_imported_reference(
    workspace: Workspace, data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = sorted((data_dir / "hippocampus" / "images").iterdir())[0]
    drawn = nib.load(data_dir / "hippocampus" / "labels" / image.name)
    reference = tmp_path / "reference.nii.gz"
    nib.save(nib.Nifti1Image((np.asarray(drawn.dataobj) > 0).astype(np.uint8), drawn.affine), reference)
    workspace.new_project("Scores")
    workspace.upload(image)
    value = workspace.add_label("Hippocampus")

    workspace.part("add-volume").click()
    with workspace.page.expect_file_chooser() as chosen:
        workspace.part("import-reference").click()
    chosen.value.set_files(reference)
    expect(workspace.part("toast-success").filter(has_text="imported, 1 label")).to_be_visible(
        timeout=OPEN_TIMEOUT_MS
    )
    volume_id = workspace.state["volumeId"]
    assert workspace.api(f"volumes/{volume_id}/annotations") == []  # it is no paint

    plane = Plane(workspace.state["plane"])
    held = canonical_labels(reference)
    found = np.flatnonzero(held.any(axis=tuple(axis for axis in range(3) if axis != plane.axis)))
    for index in np.linspace(found[0], found[-1], 4)[1:3].round().astype(int):
        workspace.go_to(int(index))
        workspace.paint(int(index), to_display(take_slice(held, plane, int(index))) > 0, value)
    workspace.wait_saved()
    workspace.start_propagation()
    workspace.wait_done()

    workspace.part("compare-reference").click()
    row = workspace.part("scores").locator("tbody tr").first
    expect(row).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(workspace.part("differing-slices").locator("button").first).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    before = workspace.state["slice"]
    workspace.page.keyboard.press("j")
    worst = workspace.part("differing-slices").locator("button").first.inner_text()
    assert re.search(rf"\b{workspace.state['slice'] + 1}\b", worst), (before, worst)
    shown = row.inner_text().split()

    mask = workspace.download("nifti", tmp_path)
    assert main(["evaluate", str(mask), str(reference)]) == 0
    dice, iou, surface, _assd, hd95 = capsys.readouterr().out.splitlines()[1].split()[1:6]
    assert [float(text) for text in shown[1:4]] == pytest.approx(
        [float(dice), float(iou), float(surface)], abs=6e-4
    )
    assert float(shown[4]) == pytest.approx(float(hd95), abs=6e-3)
    workspace.page.screenshot(path=str(tmp_path / "scores.png"))
