"""``export`` of training sets: several scans with their masks in one zip."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.cli.main import main
from tests.fewshot_sam.synthetic_files import axis_affine, random_voxels, write_nifti


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Scans a.nii and b.nii, and a_mask.nii with code 9 and b_mask.nii with codes 4 and 9."""
    for place, name in enumerate("ab"):
        affine = axis_affine(("LPS", "RSA")[place])
        write_nifti(tmp_path / f"{name}.nii", random_voxels(seed=place), affine)
        codes = np.random.default_rng(place).choice(np.array(((0, 9), (4, 9))[place], np.uint8), (5, 6, 7))
        nib.save(nib.Nifti1Image(codes, affine), tmp_path / f"{name}_mask.nii")
    (tmp_path / "b_mask.json").write_text(json.dumps({"4": "Spleen", "9": "Liver"}))
    return tmp_path


def export(folder: Path, to: str, output: str, *more: str) -> int:
    image, mask = str(folder / "a.nii"), str(folder / "a_mask.nii")
    return main(["export", image, "--mask", mask, "--to", to, "--output", str(folder / output), *more])


def with_b(folder: Path) -> list[str]:
    return ["--case", str(folder / "b.nii"), str(folder / "b_mask.nii")]


def test_numbers_of_labels_count_those_of_all_scans(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = folder / "report.json"
    options = [*with_b(folder), "--modality", "CT", "--json", str(report)]
    assert export(folder, "nnunet", "Dataset027_Ulm.zip", *options) == 0
    with zipfile.ZipFile(folder / "Dataset027_Ulm.zip") as archive:
        archive.extractall(folder)
    facts = json.loads((folder / "Dataset027_Ulm" / "dataset.json").read_text())
    assert facts["labels"] == {"background": 0, "Spleen": 1, "Liver": 2}
    assert (facts["channel_names"], facts["numTraining"]) == ({"0": "CT"}, 2)
    for name, numbers in (("001", [0, 2]), ("002", [1, 2])):
        labels = nib.load(folder / "Dataset027_Ulm" / "labelsTr" / f"case_{name}.nii.gz")
        assert np.unique(labels.dataobj).tolist() == numbers
    assert json.loads(report.read_text())["labels"] == {"4": "Spleen", "9": "Liver"}
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("to", "one"), [("decathlon", "Task01_set/dataset.json"), ("bids", "set/README.md")])
def test_the_others(folder: Path, to: str, one: str) -> None:
    assert export(folder, to, "set.zip", *with_b(folder)) == 0
    with zipfile.ZipFile(folder / "set.zip") as archive:
        assert archive.testzip() is None and one in archive.namelist()
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", *[".nii"] * 4, ".zip"]


def test_one_code_is_one_label(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a_mask.json").write_text(json.dumps({"9": "Kidney"}))
    assert export(folder, "nnunet", "set.zip", *with_b(folder)) == 2
    assert "9 is 'Kidney' in" in capsys.readouterr().err
    assert not (folder / "set.zip").exists()


def test_only_a_training_set_takes_several(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        export(folder, "seg.nrrd", "a.seg.nrrd", *with_b(folder))
    assert "--case is for training sets" in capsys.readouterr().err
