"""``--resample`` opens what forms no regular stack; without it the commands name the option."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.cli import main
from tests.fewshot_sam.synthetic_files import axis_affine, write_nifti

SHAPE = (24, 24, 9)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder with a sheared scan.nii and paint.nii on its grid."""
    affine = axis_affine("LPS")
    affine[:3, 2] += [0, 0.5, 0]
    i, j, k = np.indices(SHAPE)
    inside = ((i - 12) / 7) ** 2 + ((j - 12) / 6) ** 2 + ((k - 4) / 4) ** 2 <= 1
    noise = np.random.default_rng(0).normal(0, 8, SHAPE)
    write_nifti(tmp_path / "scan.nii", (np.where(inside, 200, 20) + noise).astype(np.int16), affine)
    paint = np.zeros(SHAPE, np.uint8)
    paint[:, :, [2, 6]] = inside[:, :, [2, 6]] * 3
    write_nifti(tmp_path / "paint.nii", paint, affine)
    return tmp_path


def propagate(case: Path, *options: str) -> int:
    scan, paint, mask = (str(case / f"{name}.nii") for name in ("scan", "paint", "mask"))
    return main.main(["propagate", scan, "--annotations", paint, "--output", mask, "--draft", *options])


def test_without_the_option_the_sentence_names_it(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert propagate(case) == 2
    said = capsys.readouterr().err
    assert "two of them are at 78.7 degrees" in said
    assert said.endswith(
        "Resample the image to a regular grid to open it. The option --resample does that.\n"
    )
    assert said.count("\n") == 1
    assert (
        main.main(["fit", "--case", *[str(case / "scan.nii")] * 2, "--output", f"{case}/m.safetensors"]) == 2
    )
    assert capsys.readouterr().err.endswith("The option --resample does that.\n")
    assert main.main(["evaluate", *[str(case / "paint.nii")] * 2]) == 2
    assert capsys.readouterr().err.endswith("Resample the image to a regular grid to open it.\n")


def test_the_mask_is_on_the_regular_grid_and_that_is_said(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert propagate(case, "--resample", "--device", "cpu") == 0
    assert "scan.nii: Resampled to a regular grid by linear interpolation" in capsys.readouterr().err
    mask = nib.load(case / "mask.nii")
    axes = mask.affine[:3, :3] / nib.affines.voxel_sizes(mask.affine)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-6)
    stored = np.asarray(mask.dataobj)
    paint = np.asarray(nib.load(case / "paint.nii").dataobj)
    assert stored.shape[2] == SHAPE[2]
    assert [(stored[:, :, k] == 3).sum() for k in (2, 6)] == [(paint[:, :, k] == 3).sum() for k in (2, 6)]
    assert (stored[:, :, 4] == 3).any()
