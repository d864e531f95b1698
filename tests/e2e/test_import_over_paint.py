"""A label map over what is painted, on a real scan: asked for, taken back, made again and cancelled."""

from __future__ import annotations

import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.scans import canonical_labels
from tests.e2e.server import AppServer
from tests.e2e.test_label_maps import import_files
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

LIVER, KIDNEY = 5, 2
PAINTED, EMPTY, NEW = 85, 90, 95
NAME = "rest.nii.gz"
IMPORT = f"import of {NAME}"


@pytest.fixture
def scan(workspace: Workspace, data_dir: Path, request: pytest.FixtureRequest) -> Workspace:
    """A CT of an abdomen in a project of its own, and a label."""
    workspace.new_project(request.node.name[:60])
    workspace.upload(data_dir / "ct_abdomen" / "image.nii.gz")
    workspace.add_label("Liver")
    return workspace


@pytest.fixture
def label_map(data_dir: Path, tmp_path: Path) -> Path:
    """Liver as code 1, kidney as code 7, on three axial slices of the reference."""
    return write_label_map(data_dir, tmp_path / NAME)


def write_label_map(data_dir: Path, path: Path) -> Path:
    reference = nib.as_closest_canonical(nib.load(data_dir / "ct_abdomen" / "labels.nii.gz"))
    codes = np.asarray(reference.dataobj)
    kept = np.zeros(codes.shape, np.uint8)
    for index in (PAINTED, EMPTY, NEW):
        kept[:, :, index] = (codes[:, :, index] == LIVER) + 7 * (codes[:, :, index] == KIDNEY)
    nib.save(nib.Nifti1Image(kept, reference.affine), path)
    return path


def turn(workspace: Workspace, keys: str, text: str) -> None:
    toast = workspace.part("toast-info").filter(has_text=text)
    expect(toast).to_have_count(0, timeout=OPEN_TIMEOUT_MS)  # of a step before
    workspace.page.keyboard.press(keys)
    expect(toast).to_be_visible(timeout=OPEN_TIMEOUT_MS)


def undo(workspace: Workspace, text: str) -> None:
    turn(workspace, "Control+z", f"Undone: {text}")


def redo(workspace: Workspace, text: str) -> None:
    turn(workspace, "Control+Shift+z", f"Done again: {text}")


def answer(workspace: Workspace, label_map: Path, choice: str, done: str) -> None:
    toast = workspace.part("toast-success").filter(has_text=done)
    expect(toast).to_have_count(0, timeout=OPEN_TIMEOUT_MS)  # of an import before
    import_files(workspace, label_map)
    workspace.part("choice").filter(has_text=choice).click(timeout=OPEN_TIMEOUT_MS)
    expect(toast).to_be_visible(timeout=OPEN_TIMEOUT_MS)


def held(workspace: Workspace) -> dict[int, np.ndarray]:
    """What the server holds of the slices that hold something; the page shows the same."""
    workspace.wait_saved()
    found, shown = workspace.server_slices(), workspace.screen_slices()
    filled = {index: labels for index, labels in found.items() if labels.any()}
    assert filled.keys() == {index for index, labels in shown.items() if labels.any()}
    assert all(np.array_equal(shown[index], labels) for index, labels in filled.items())
    return filled


def open_volume(workspace: Workspace, name: str, volume_id: str) -> None:
    workspace.part("volume-item").filter(has_text=name).click()
    is_there = "id => window.fewshotSam.ready && window.fewshotSam.state.volumeId === id"
    workspace.page.wait_for_function(is_there, arg=volume_id, timeout=OPEN_TIMEOUT_MS)


def label_names(workspace: Workspace) -> list[str]:
    return workspace.page.locator(".label-name").all_inner_texts()


def same(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> bool:
    return found.keys() == expected.keys() and all(
        np.array_equal(found[index], expected[index]) for index in found
    )


def state_of(workspace: Workspace, index: int) -> str:
    listed = workspace.api(f"volumes/{workspace.state['volumeId']}/annotations")
    return next(each["state"] for each in listed if each["slice_index"] == index)


@pytest.fixture
def imported(data_dir: Path) -> dict[int, np.ndarray]:
    """What the label map holds, as label values."""
    codes = canonical_labels(data_dir / "ct_abdomen" / "labels.nii.gz")
    return {
        index: ((codes[:, :, index] == LIVER) + 2 * (codes[:, :, index] == KIDNEY)).astype(np.uint8)
        for index in (PAINTED, EMPTY, NEW)
    }


@pytest.fixture
def before(scan: Workspace, imported: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """A part of the liver is painted on one slice, another one is reviewed as empty."""
    part = imported[PAINTED] == 1
    part[: int(np.median(np.nonzero(part)[0]))] = False
    scan.paint(PAINTED, part, 1)
    scan.go_to(EMPTY)
    scan.page.keyboard.press("n")
    found = held(scan)
    assert (list(found), state_of(scan, EMPTY)) == ([PAINTED], "empty")
    return found


@pytest.mark.timeout(600)
def test_what_is_painted_is_asked_for_and_kept(
    scan: Workspace, label_map: Path, before: dict[int, np.ndarray], imported: dict[int, np.ndarray]
) -> None:
    import_files(scan, label_map)
    dialog = scan.part("choice-dialog")
    expect(dialog).to_contain_text("2 slices are done already", timeout=OPEN_TIMEOUT_MS)
    question = f"On image, {NAME} would change 1 painted slice and 1 slice reviewed as empty."
    expect(dialog).to_contain_text(question)
    expect(scan.part("choice")).to_have_count(3)
    scan.part("choice-cancel").click()
    assert same(held(scan), before)
    assert label_names(scan) == ["Liver"]

    answer(scan, label_map, "Keep mine", "1 painted slice imported.")
    kept = {**before, NEW: imported[NEW]}
    assert same(held(scan), kept)
    assert (label_names(scan), state_of(scan, EMPTY)) == (["Liver", "label 7"], "empty")
    undo(scan, IMPORT)
    assert same(held(scan), before)
    assert label_names(scan) == ["Liver"]
    redo(scan, IMPORT)
    assert same(held(scan), kept)
    assert label_names(scan) == ["Liver", "label 7"]


@pytest.mark.timeout(600)
def test_what_was_merged_or_replaced_comes_back(
    scan: Workspace, label_map: Path, before: dict[int, np.ndarray], imported: dict[int, np.ndarray]
) -> None:
    answer(scan, label_map, "Merge", "3 painted slices imported.")
    merged, mine = held(scan), before[PAINTED] != 0
    assert (merged[PAINTED][mine] == 1).all()
    assert ((merged[PAINTED][~mine] != 0) == (imported[PAINTED][~mine] != 0)).all()
    undo(scan, IMPORT)
    assert same(held(scan), before)

    answer(scan, label_map, "Replace", "3 painted slices imported.")
    assert all(np.array_equal(held(scan)[index] != 0, imported[index] != 0) for index in imported)
    corner = np.zeros(mine.shape, bool)
    corner[4:13, 4:13] = True
    scan.paint(NEW, corner, 1)
    since = held(scan)
    undo(scan, "lasso")
    undo(scan, IMPORT)
    assert same(held(scan), before)
    assert state_of(scan, EMPTY) == "empty"
    redo(scan, IMPORT)
    redo(scan, "lasso")
    assert same(held(scan), since)
    scan.reload()
    assert same(held(scan), since)


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_an_import_is_cancelled_while_it_is_read(scan: Workspace, server: AppServer, label_map: Path) -> None:
    import_files(scan, label_map)
    progress = scan.part("upload-progress")
    expect(progress).to_contain_text(f"Reading {NAME}")
    progress.get_by_text("Cancel").click()
    expect(progress).to_be_hidden()
    deadline = time.monotonic() + 30
    while "annotations/import: the client went away" not in server.output.read_text():
        assert time.monotonic() < deadline, "the server went on reading"
        scan.page.wait_for_timeout(100)
    assert scan.api(f"volumes/{scan.state['volumeId']}/annotations") == []
    assert label_names(scan) == ["Liver"]
    import_files(scan, label_map)
    expect(scan.part("toast-success").filter(has_text="3 painted slices")).to_be_visible(
        timeout=OPEN_TIMEOUT_MS
    )


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_an_import_that_ends_elsewhere_says_where(scan: Workspace, label_map: Path, tmp_path: Path) -> None:
    ct = scan.state["volumeId"]
    other = tmp_path / "other.nii"
    noise = np.random.default_rng(0).normal(0, 50, (30, 30, 20))
    nib.save(nib.Nifti1Image(noise.astype(np.int16), np.eye(4)), other)
    scan.upload(other)
    rows = scan.part("volume-item")
    open_volume(scan, "image", ct)
    import_files(scan, label_map)
    rows.filter(has_text="other").click()
    done = scan.part("toast-success").filter(
        has_text=f"3 painted slices imported from {NAME} into image, all of them axial."
    )
    expect(done).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(scan.page.locator(".label-name")).to_have_text(["Liver", "label 7"])
    expect(rows.filter(has_text="image")).to_contain_text("3 painted")
    scan.wait_ready()
    undo(scan, IMPORT)
    expect(scan.page.locator(".label-name")).to_have_text(["Liver"], timeout=OPEN_TIMEOUT_MS)
    redo(scan, IMPORT)
    open_volume(scan, "image", ct)
    assert list(held(scan)) == [PAINTED, EMPTY, NEW]


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_a_sheared_label_map_and_a_scan_read_as_another_kind(scan: Workspace, label_map: Path) -> None:
    image = nib.load(label_map)
    leant = image.affine.copy()
    leant[1, 2] += 0.2 * np.linalg.norm(leant[:3, 2])
    image.set_qform(image.affine, 1)
    image.set_sform(leant, 1)
    path = label_map.parent / "leant.nii.gz"
    nib.save(image, path)
    import_files(scan, path)
    note = scan.part("toast-info").filter(has_text="two of its axes are at 78.7 degrees")
    expect(note).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(note).to_contain_text("mm at the far end")

    modality = scan.part("volume-item").locator(".modality")
    expect(modality).to_have_text("CT", timeout=OPEN_TIMEOUT_MS)
    window = scan.page.evaluate("window.fewshotSam.state.window")
    scan.part("volume-menu").click()
    scan.part("volume-modality").filter(has_text="MR").click()
    expect(modality).to_have_text("MR", timeout=OPEN_TIMEOUT_MS)
    undo(scan, "read image as MR")
    expect(modality).to_have_text("CT", timeout=OPEN_TIMEOUT_MS)
    assert scan.page.evaluate("window.fewshotSam.state.window") == window
    redo(scan, "read image as MR")
    expect(modality).to_have_text("MR", timeout=OPEN_TIMEOUT_MS)
