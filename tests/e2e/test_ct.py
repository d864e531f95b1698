"""Real scans from file to mask: upload, paint by mouse, reload, propagate, cancel, download, compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from playwright.sync_api import expect

from tests.e2e.scans import canonical_labels, zip_folder
from tests.e2e.server import AppServer
from tests.e2e.strokes import dice, inner_slices
from tests.e2e.workspace import Workspace

MIN_STROKE_DICE = 0.97
MIN_DICE = 0.85


@dataclass(frozen=True)
class Scan:
    """A scan to label: label names by reference code; the first one decides which slices are painted."""

    folder: str
    labels: dict[int, str]
    budget: int
    min_dice: dict[int, float]


# Five slices: from five on, a run reads half of the orthogonal planes.
ABDOMEN = Scan("ct_abdomen", {5: "Liver", 2: "Right kidney"}, 5, {5: MIN_DICE})
DICOM = Scan("ct_dicom", {5: "Liver", 1: "Spleen", 6: "Stomach", 52: "Aorta"}, 3, {5: MIN_DICE, 1: MIN_DICE})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    """The app with an empty data folder but for embeddings, which other tests of these scans use too."""
    home = tmp_path_factory.mktemp("app") / "home"
    home.mkdir()
    (home / "cache").symlink_to(embeddings_folder, target_is_directory=True)
    server = AppServer(home)
    server.start()
    yield server
    server.stop()


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scan", [ABDOMEN, DICOM], ids=lambda scan: scan.folder)
def test_from_upload_to_mask(workspace: Workspace, data_dir: Path, tmp_path: Path, scan: Scan) -> None:
    folder = data_dir / scan.folder
    image = folder / "image.nii.gz"
    upload = image if image.exists() else zip_folder(folder / "series", tmp_path / "series.zip")
    reference = canonical_labels(folder / "labels.nii.gz")
    main_code = next(iter(scan.labels))
    slices = inner_slices(reference == main_code, scan.budget)

    workspace.new_project(scan.folder)
    workspace.upload(upload)
    values = {code: workspace.add_label(name) for code, name in scan.labels.items()}
    for index in slices:
        for code, value in values.items():
            workspace.paint(index, reference[:, :, index] == code, value)
    workspace.wait_saved()

    painted = workspace.server_slices()
    check_strokes(painted, reference, values, slices)
    workspace.reload()
    check_same(workspace.server_slices(), painted)
    check_same(workspace.screen_slices(), painted)
    assert len(workspace.state["labels"]) == len(scan.labels)

    workspace.start_propagation()
    workspace.cancel()
    check_same(workspace.server_slices(), painted)
    workspace.start_propagation()
    workspace.wait_done()
    expect(workspace.part("label-quality")).to_have_count(len(scan.labels))
    check_the_slice_to_paint_next(workspace, slices)
    check_a_click_beside_leaves_a_prediction(workspace, slices[0] + 1)

    mask_path = workspace.download("nifti", tmp_path)
    check_grid(mask_path, folder / "labels.nii.gz")
    mask = np.asarray(nib.as_closest_canonical(nib.load(mask_path)).dataobj)
    for index, label_map in painted.items():
        np.testing.assert_array_equal(mask[:, :, index], label_map)
    held = np.flatnonzero((reference == main_code).any(axis=(0, 1)))
    unpainted = [index for index in range(held[0], held[-1] + 1) if index not in slices]
    for code, at_least in scan.min_dice.items():
        found = dice(mask[:, :, unpainted] == values[code], reference[:, :, unpainted] == code)
        assert found >= at_least, f"{scan.labels[code]}: Dice {found:.3f} on unpainted slices"

    workspace.part("accept-prediction").click()
    workspace.wait_saved()
    workspace.part("download").click()
    expect(workspace.part("download-menu")).to_contain_text("not in these files yet")


def check_the_slice_to_paint_next(workspace: Workspace, painted: list[int]) -> None:
    """The line below the button names the slice that the key leads to."""
    line = workspace.part("next-slice")
    expect(line).to_contain_text("lice ")
    workspace.page.keyboard.press("j")
    if "Good enough" not in line.inner_text():
        assert workspace.state["slice"] not in painted
        expect(line).to_contain_text(f"Slice {workspace.state['slice'] + 1}: ")


def check_a_click_beside_leaves_a_prediction(workspace: Workspace, index: int) -> None:
    """What nobody changed is not taken for painted."""
    workspace.go_to(index)
    state = workspace.part("slice-state")
    expect(state).to_have_attribute("data-state", "predicted")
    workspace.part("tool-eraser").click()
    workspace.draw([(0.5, 0.5), (0.6, 0.5)])
    expect(state).to_have_attribute("data-state", "predicted")


def check_strokes(
    painted: dict[int, np.ndarray], reference: np.ndarray, values: dict[int, int], slices: list[int]
) -> None:
    """The mouse painted what the reference shows, on the right slices, nothing flipped."""
    assert sorted(painted) == slices
    for code, value in values.items():
        drawn = np.stack([painted[index] == value for index in slices])
        wanted = np.stack([reference[:, :, index] == code for index in slices])
        assert dice(drawn, wanted) >= MIN_STROKE_DICE


def check_same(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    """Two sets of painted slices are identical."""
    assert sorted(found) == sorted(expected)
    for index, label_map in expected.items():
        np.testing.assert_array_equal(found[index], label_map)


def check_grid(mask_path: Path, source_path: Path) -> None:
    """nibabel and SimpleITK both see the mask on the source's grid, in a small integer type."""
    mask, source = nib.load(mask_path), nib.load(source_path)
    assert mask.shape == source.shape
    np.testing.assert_allclose(mask.affine, source.affine, atol=1e-3)
    assert mask.get_data_dtype() == np.uint8
    itk_mask, itk_source = (SimpleITK.ReadImage(str(path)) for path in (mask_path, source_path))
    assert itk_mask.GetSize() == itk_source.GetSize()
    for getter in ("GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(itk_mask, getter)(), getattr(itk_source, getter)(), atol=1e-3)
