"""Importing a label map: the plane is found or asked for, and so is the name that counts."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import expect

from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

SHAPE = (40, 36, 32)
BALL = sum((axis - half) ** 2 for axis, half in zip(np.indices(SHAPE), (20, 18, 16), strict=True)) < 121


def write(path: Path, stored: np.ndarray) -> Path:
    nib.save(nib.Nifti1Image(stored, np.diag([1.0, 1.0, 1.0, 1.0])), path)
    return path


def import_files(workspace: Workspace, *paths: Path) -> None:
    workspace.part("add-volume").click()
    with workspace.page.expect_file_chooser() as chosen:
        workspace.part("import-annotations").click()
    chosen.value.set_files(paths)


def test_what_a_label_map_leaves_open_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    workspace.new_project("label maps")
    noise = np.random.default_rng(0).normal(0, 20, SHAPE)
    workspace.upload(write(tmp_path / "scan.nii", (BALL * 300 + noise + 200).astype(np.int16)))
    workspace.add_label("Liver")

    stored = np.zeros(SHAPE, np.uint8)
    stored[[15, 24]] = BALL[[15, 24]]
    import_files(workspace, write(tmp_path / "sagittal.nii", stored))
    done = workspace.part("toast-success").filter(has_text="2 painted slices imported, all of them sagittal.")
    expect(done).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    painted = workspace.api(f"volumes/{workspace.state['volumeId']}/annotations")
    assert [(each["plane"], each["slice_index"]) for each in painted] == [("sagittal", 15), ("sagittal", 24)]
    assert workspace.state["plane"] == "sagittal"

    stored[20], stored[:, :, 16] = BALL[20], BALL[:, :, 16]
    names = tmp_path / "crossed.label"
    names.write_text('1 90 200 120 1 1 1 "Leber 肝"\n')
    import_files(workspace, write(tmp_path / "crossed.nii", stored), names)
    planes = workspace.part("choice")
    expect(planes).to_have_count(2, timeout=OPEN_TIMEOUT_MS)
    planes.filter(has_text="Axial").click()
    expect(workspace.part("name-keep-1")).to_have_attribute("aria-checked", "true", timeout=OPEN_TIMEOUT_MS)
    workspace.part("name-take-1").click()
    workspace.part("names-ok").click()
    expect(workspace.part("toast-success").filter(has_text="all of them axial")).to_be_visible(
        timeout=OPEN_TIMEOUT_MS
    )
    assert workspace.state["plane"] == "axial"
    expect(workspace.page.locator(".label-name")).to_have_text("Leber 肝")


def plane_of(workspace: Workspace, name: str) -> str:
    """The plane that a volume of the open project is painted in, as the server knows it."""
    project_id = workspace.api(f"volumes/{workspace.state['volumeId']}")["project_id"]
    listed = workspace.api(f"projects/{project_id}")["volumes"]
    return str(next(each["plane"] for each in listed if each["name"] == name))


def test_an_import_and_its_undo_turn_no_other_volume(workspace: Workspace, tmp_path: Path) -> None:
    workspace.new_project("planes")
    rng = np.random.default_rng(0)
    for name in ("other.nii", "scan.nii"):
        workspace.upload(write(tmp_path / name, (BALL * 300 + rng.normal(200, 20, SHAPE)).astype(np.int16)))
    stored = np.zeros(SHAPE, np.uint8)
    stored[[15, 24]] = BALL[[15, 24]]
    import_files(workspace, write(tmp_path / "sagittal.nii", stored))
    expect(workspace.part("toast-success").filter(has_text="all of them sagittal")).to_be_visible(
        timeout=OPEN_TIMEOUT_MS
    )
    workspace.page.wait_for_function("window.fewshotSam.state.plane === 'sagittal'", timeout=OPEN_TIMEOUT_MS)
    assert (plane_of(workspace, "scan"), plane_of(workspace, "other")) == ("sagittal", "axial")
    workspace.page.keyboard.press("Control+z")
    undone = workspace.part("toast-info").filter(has_text="Undone: import of sagittal.nii")
    expect(undone).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    workspace.page.wait_for_function("window.fewshotSam.state.plane === 'axial'", timeout=OPEN_TIMEOUT_MS)
    workspace.upload(write(tmp_path / "later.nii", rng.normal(0, 20, SHAPE).astype(np.int16)))
    assert [plane_of(workspace, name) for name in ("scan", "other", "later")] == ["axial"] * 3
