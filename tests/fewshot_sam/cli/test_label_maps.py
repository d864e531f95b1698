"""Label maps on the command line: the plane that was painted, names, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fewshot_sam.cli import main
from fewshot_sam.cli.common_names import CommonNames
from fewshot_sam.cli.inputs import load_image, load_painted
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import UserError
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

SHAPE = (12, 11, 10)
AXES = np.indices(SHAPE) - np.array([6, 5, 5]).reshape(3, 1, 1, 1)
BALL = (AXES**2).sum(axis=0) < 16


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_nifti(tmp_path / "image.nii", random_voxels(SHAPE))


def label_file(path: Path, stored: np.ndarray) -> Path:
    return write_nifti(path, stored.astype(np.uint16))


def crossed() -> np.ndarray:
    stored = np.zeros(SHAPE, np.uint16)
    stored[6], stored[:, :, 5] = BALL[6], BALL[:, :, 5]
    return stored


def test_slices_of_an_oblique_scan_whose_axes_are_stored_in_another_order(tmp_path: Path) -> None:
    affine = np.eye(4)
    turned = Rotation.from_euler("xyz", [10, -12, 14], degrees=True).as_matrix()
    affine[:3, :3] = turned @ np.diag([1.0, 1.1, 1.2])
    stored = np.zeros(SHAPE, np.uint16)
    stored[[4, 8]] = BALL[[4, 8]]
    order = np.array([[2, -1], [0, 1], [1, -1]])
    for name, array in {"scan": random_voxels(SHAPE), "paint": stored}.items():
        nib.save(nib.Nifti1Image(array, affine).as_reoriented(order), tmp_path / f"{name}.nii.gz")
    painted = load_painted(load_image(tmp_path / "scan.nii.gz"), tmp_path / "paint.nii.gz", None)
    assert (painted.annotations.plane, sorted(painted.annotations.slices)) == (Plane.SAGITTAL, [4, 8])


def test_two_planes_that_fit_are_asked_for(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    painted = label_file(tmp_path / "painted.nii", crossed())
    argv = ["propagate", str(image), "--annotations", str(painted), "--output", str(tmp_path / "mask.nii")]
    assert main.main(argv) == 2
    said = capsys.readouterr().err
    assert "fits 2: " in said
    assert "with --plane" in said
    assert said.count("\n") == 1
    assert load_painted(load_image(image), painted, "axial").annotations.plane == Plane.AXIAL


def test_codes_that_mean_something_else_in_another_case(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["fit", "--output", str(tmp_path / "m.safetensors")]
    for case, name in enumerate(["liver", "spleen"]):
        stored = np.zeros(SHAPE, np.uint16)
        stored[:, :, [3, 6]] = BALL[:, :, [3, 6]]
        painted = label_file(tmp_path / f"{case}.nii", stored)
        painted.with_suffix(".json").write_text(json.dumps({"labels": {name: 1}}))
        argv += ["--case", str(image), str(painted)]
    assert main.main(argv) == 2
    assert "1 is 'liver' in " in capsys.readouterr().err


def test_names_of_several_files_are_put_together() -> None:
    names = CommonNames()
    names.add(Path("a"), {1: "liver"})
    names.add(Path("b"), {1: "Liver", 2: "spleen"})
    assert names.by_code == {1: "liver", 2: "spleen"}
    with pytest.raises(UserError, match="2 is 'spleen' in b and 'kidney' in c"):
        names.add(Path("c"), {2: "kidney"})


def test_evaluate_says_once_what_is_not_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = BALL.astype(np.float32)
    stored[0, 0, 0] = np.nan
    mask = write_nifti(tmp_path / "mask.nii", stored)
    reference = label_file(tmp_path / "reference.nii", BALL)
    for path, name in ((mask, "liver"), (reference, "肝")):
        path.with_suffix(".label").write_text(f'1 9 9 9 1 1 1 "{name}"\n')
    report = tmp_path / "report.json"
    assert main.main(["evaluate", str(mask), str(reference), "--labels", "1,7", "--json", str(report)]) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        f"{mask}: In 'mask' 1 voxel is not a number (NaN) and taken as background.",
        "Mask and reference are compared by code, but call some otherwise: 1 is 'liver' and '肝'.",
    ]
    assert [line.split()[:2] for line in captured.out.splitlines()[1:]] == [
        ["1", "1.0000"], ["7", "-"], ["mean", "1.0000"],
    ]  # fmt: skip
    assert json.loads(report.read_text())["label_names"] == {"1": "肝"}
