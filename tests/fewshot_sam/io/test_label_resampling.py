"""Label maps of another grid, resampled where that is asked for; held against SimpleITK."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.cli.main import main
from fewshot_sam.errors import GeometryError, OtherGridError
from fewshot_sam.io import load_volume
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.synthetic_files import axis_affine, oblique_affine, random_voxels, write_nifti

GRIDS = {
    "finer": (oblique_affine("LPS", (3.0, -4.0, 2.0)) @ np.diag([0.5, 0.5, 0.5, 1.0]), (11, 13, 15)),
    "coarser": (axis_affine("LPS") @ np.diag([2.0, 2.0, 2.0, 1.0]), (4, 4, 4)),
    "turned": (oblique_affine("SRA", (31.0, 24.0, -38.0)), (7, 7, 7)),
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_each_voxel_gets_the_label_nearest_to_it(tmp_path: Path, grid: tuple[np.ndarray, tuple]) -> None:
    affine, shape = grid
    affine = affine.copy()
    affine[:3, 3] = axis_affine("LPS")[:3, 3] + 0.1
    scan = write_nifti(tmp_path / "scan.nii", random_voxels((6, 7, 8)), axis_affine("LPS"))
    codes = np.random.default_rng(4).integers(0, 5, shape).astype(np.uint8)
    mask = write_nifti(tmp_path / "mask.nii", codes, affine)
    volume = load_volume(scan)
    with pytest.raises(OtherGridError, match="Is this the label map of another scan"):
        read_label_map([mask], volume.source)
    read = read_label_map([mask], volume.source, resample=True)
    itk = sitk.Resample(
        sitk.ReadImage(mask), sitk.ReadImage(scan), sitk.Transform(), sitk.sitkNearestNeighbor, 0
    )
    wanted = sitk.GetArrayFromImage(itk).T
    found = volume.source.from_canonical(read.codes)
    assert np.mean(found == wanted) > 0.98, "only ties may fall to another side"
    assert "each voxel got the label nearest to it" in read.notes


def test_one_on_the_grid_stays_as_it_is(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels()))
    codes = np.random.default_rng(4).integers(0, 5, random_voxels().shape).astype(np.uint8)
    mask = write_nifti(tmp_path / "mask.nii", codes)
    read, plain = (read_label_map([mask], volume.source, resample=resample) for resample in (True, False))
    np.testing.assert_array_equal(read.codes, plain.codes)
    assert read.notes == ""


def test_one_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels()))
    far = axis_affine("RAS")
    far[:3, 3] = 9000
    mask = write_nifti(tmp_path / "mask.nii", np.ones((4, 4, 4), np.uint8), far)
    with pytest.raises(GeometryError, match="has no place in common"):
        read_label_map([mask], volume.source, resample=True)


def test_the_command_line_says_how_and_does_it_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = write_nifti(tmp_path / "scan.nii", random_voxels((6, 7, 8)), axis_affine("RAS"))
    mask = write_nifti(tmp_path / "mask.nii", np.ones((3, 4, 4), np.uint8), axis_affine("RAS") * [2, 2, 2, 1])
    command = [
        "export",
        str(scan),
        "--mask",
        str(mask),
        "--to",
        "seg.nrrd",
        "--output",
        str(tmp_path / "m.seg.nrrd"),
    ]
    assert main(command) == 2
    assert "Add --resample-labels" in capsys.readouterr().err
    assert main([*command, "--resample-labels"]) == 0
    assert "each voxel got the label nearest to it" in capsys.readouterr().err
