"""A part of a real CT: painted, propagated, taken as a DICOM segmentation, imported for the scan again."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from playwright.sync_api import expect
from pydicom.uid import ExplicitVRLittleEndian

from tests.backend.dicom_seg_helpers import instances, on_frames, read_seg
from tests.e2e.scans import canonical_labels
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

LIVER = 5
CORNER, SIDE, FILES = (358, 158), 24, slice(4, 14)
"""Row and column of these files where a small part begins that the liver fills half of."""


def write_part(folder: Path, target: Path) -> list[Path]:
    """SIDE rows and columns of FILES of a series, from CORNER on."""
    target.mkdir()
    row, column = CORNER
    for path in [Path(str(file.filename)) for file in instances(folder)][FILES]:
        file = pydicom.dcmread(path)
        pixels = file.pixel_array[row : row + SIDE, column : column + SIDE]
        x, y, z = map(float, file.ImagePositionPatient)
        by_row, by_column = map(float, file.PixelSpacing)
        file.ImagePositionPatient = [x + column * by_column, y + row * by_row, z]
        file.Rows = file.Columns = SIDE
        file.PixelData = np.ascontiguousarray(pixels).tobytes()
        file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        file.save_as(target / path.name)
    return sorted(target.iterdir())


def test_a_mask_goes_back_to_its_scan(workspace: Workspace, data_dir: Path, tmp_path: Path) -> None:
    liver = canonical_labels(data_dir / "ct_dicom" / "labels.nii.gz") == LIVER
    last_row, last_column = (liver.shape[1] - CORNER[0], liver.shape[0] - CORNER[1])
    part = liver[last_column - SIDE : last_column, last_row - SIDE : last_row, FILES]
    files = write_part(data_dir / "ct_dicom" / "series", tmp_path / "part")
    workspace.new_project("Archive")
    workspace.upload(*files)
    value = workspace.add_label("Liver")
    for index in (2, 7):
        workspace.paint(index, part[:, :, index], value)
    workspace.wait_saved()
    workspace.part("propagate").click()
    workspace.wait_done()

    workspace.part("download").click()
    offered = workspace.part("download-menu").get_by_role("menuitem")
    expect(offered.nth(0)).to_contain_text("DICOM segmentation")
    expect(offered.nth(1)).to_contain_text("DICOM label map (2024)")
    workspace.page.keyboard.press("Escape")
    downloaded = workspace.download("seg", tmp_path)
    assert downloaded.name.endswith("-seg.dcm")
    made = read_seg(downloaded.read_bytes())
    uids = [str(file.file_meta.MediaStorageSOPInstanceUID) for file in instances(tmp_path / "part")]
    found = made.get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True
    )
    mask = np.asarray(nib.as_closest_canonical(nib.load(workspace.download("nifti", tmp_path))).dataobj)
    np.testing.assert_array_equal(found, on_frames(mask))
    assert [(each.SegmentLabel, each.SegmentAlgorithmType) for each in made.SegmentSequence] == [
        ("Liver", "SEMIAUTOMATIC")
    ]

    workspace.new_project("Elsewhere")
    workspace.upload(*files)
    workspace.add_label("Aorta")
    value = workspace.add_label("liver")
    workspace.part("add-volume").click()
    with workspace.page.expect_file_chooser() as chosen:
        workspace.part("import-annotations").click()
    chosen.value.set_files(downloaded)
    expect(workspace.part("toast-success").filter(has_text="imported")).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    held = np.flatnonzero(mask.any(axis=(0, 1))).tolist()
    slices = workspace.server_slices()
    assert sorted(slices) == held
    for index in held:
        np.testing.assert_array_equal(slices[index], mask[:, :, index] * value)
    assert len(workspace.state["labels"]) == 2
    it_goes_on_as_it_is(workspace, mask, tmp_path)


def it_goes_on_as_it_is(workspace: Workspace, mask: np.ndarray, folder: Path) -> None:
    """What was imported is taken to another program without a run."""
    workspace.part("download").click()
    workspace.part("take-mask").click()
    expect(workspace.part("download-nifti")).to_be_visible()
    workspace.page.keyboard.press("Escape")
    taken = nib.as_closest_canonical(nib.load(workspace.download("nifti", folder)))
    np.testing.assert_array_equal(np.asarray(taken.dataobj) > 0, mask > 0)
    expect(workspace.part("run-status")).to_contain_text("The mask is as you painted it")
