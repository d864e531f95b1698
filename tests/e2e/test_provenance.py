"""Where labels come from: painted, accepted, corrected, interpolated, imported, as page and files tell it."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.test_label_maps import BALL, SHAPE, import_files, write
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

PAINTED, ACCEPTED, CORRECTED, IMPORTED = (11, 21), 14, 16, 24
INNER = sum((axis - half) ** 2 for axis, half in zip(np.indices(SHAPE), (20, 18, 16), strict=True)) < 36


def expect_origin(workspace: Workspace, index: int, text: str) -> None:
    workspace.go_to(index)
    expect(workspace.part("slice-origin")).to_contain_text(text, timeout=OPEN_TIMEOUT_MS)


def draft(workspace: Workspace) -> None:
    """Propagate until there is a draft on screen, and no further."""
    before = workspace.state["maskId"]
    workspace.part("propagate").click()
    workspace.page.wait_for_function(
        "before => ![null, before].includes(window.fewshotSam.state.maskId)",
        arg=before,
        timeout=OPEN_TIMEOUT_MS,
    )
    workspace.cancel()


def paint_all(workspace: Workspace) -> None:
    """Two labels painted on two slices, then predicted; one slice accepted, one corrected, some filled in."""
    liver, tumour = (workspace.add_label(name) for name in ("Liver", "Tumour"))
    for index in PAINTED:
        workspace.paint(index, BALL[:, :, index], liver)
        workspace.paint(index, INNER[:, :, index], tumour)
    workspace.wait_saved()
    draft(workspace)
    workspace.go_to(ACCEPTED)
    workspace.page.keyboard.press("t")
    workspace.go_to(CORRECTED)
    workspace.choose_label(tumour)
    workspace.part("tool-brush").click()
    workspace.draw([(1.0, 1.0), (4.0, 1.0)])
    workspace.wait_saved()
    workspace.page.keyboard.press("u")
    workspace.wait_saved()


def import_one(workspace: Workspace, folder: Path) -> None:
    stored = np.zeros(SHAPE, np.uint8)
    stored[:, :, IMPORTED] = BALL[:, :, IMPORTED]
    import_files(workspace, write(folder / "elsewhere.nii", stored))
    workspace.part("choice").or_(workspace.part("toast-success").filter(has_text="imported")).first.wait_for()
    workspace.wait_saved()


@pytest.mark.viewport(1440, 900)
def test_the_page_and_the_files_say_how_each_label_came_to_be(workspace: Workspace, tmp_path: Path) -> None:
    workspace.new_project("provenance")
    noise = np.random.default_rng(0).normal(0, 20, SHAPE)
    scan = BALL * 300 + INNER * 300 + noise + 200
    workspace.upload(write(tmp_path / "scan.nii", scan.astype(np.int16)))
    paint_all(workspace)
    import_one(workspace, tmp_path)

    expect_origin(workspace, PAINTED[0], "painted, ")
    expect_origin(workspace, ACCEPTED, "accepted from the run of ")
    expect_origin(workspace, CORRECTED, "Tumour: corrected from the run of ")
    expect_origin(workspace, ACCEPTED + 1, "interpolated")
    expect_origin(workspace, IMPORTED, "imported from elsewhere.nii")

    ribbon = workspace.part("ribbon").bounding_box()
    assert ribbon is not None
    step = (ribbon["width"] - 20) / SHAPE[2]
    workspace.page.mouse.move(ribbon["x"] + 10 + (ACCEPTED + 0.5) * step, ribbon["y"] + 20)
    expect(workspace.page.locator(".ribbon-tip")).to_contain_text(f"{ACCEPTED + 1} · accepted from the run")

    workspace.part("origin-filter").click()
    workspace.part("origin-corrected").click()
    expect(workspace.part("origin-filter")).to_contain_text("1 marked")
    workspace.go_to(0)
    workspace.page.keyboard.press(".")
    workspace.page.wait_for_function("k => window.fewshotSam.state.slice === k", arg=CORRECTED)
    workspace.part("origin-filter").click()
    workspace.part("origin-all").click()
    expect(workspace.part("origin-filter")).to_have_attribute("aria-pressed", "false")

    draft(workspace)
    told = json.loads(workspace.download("provenance", tmp_path).read_text())
    found = {
        each["slice_index"]: {label["code"]: label["kind"] for label in each["labels"]}
        for each in told["slices"]
    }
    assert found[PAINTED[0]] == {1: "painted", 2: "painted"}
    assert found[ACCEPTED] == {1: "accepted", 2: "accepted"}
    assert found[CORRECTED][2] == "corrected"
    assert found[IMPORTED] == {1: "imported"}
    assert nib.load(workspace.download("nifti", tmp_path)).shape == SHAPE
