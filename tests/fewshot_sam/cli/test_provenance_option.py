"""``propagate --provenance``: a file beside the mask that says where its labels come from."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.cli import main


def test_it_names_the_given_slices_and_what_predicted_the_rest(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 100, (16, 14, 9)).astype(np.int16)
    painted = np.zeros(image.shape, np.uint8)
    painted[4:9, 4:9, 2], painted[4:9, 4:9, 6] = 3, 3
    for name, array in {"image": image, "painted": painted}.items():
        nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / f"{name}.nii")
    target = tmp_path / "mask-provenance.json"
    arguments = [str(tmp_path / "image.nii"), "--annotations", str(tmp_path / "painted.nii"), "--draft"]
    outputs = ["--output", str(tmp_path / "mask.nii"), "--provenance", str(target), "--device", "cpu"]
    assert main.main(["propagate", *arguments, *outputs]) == 0
    told = json.loads(target.read_text())
    assert (told["format"], told["version"], told["plane"]) == ("few-shot-sam-provenance", 1, "axial")
    assert told["model"].startswith("draft")
    given = [{"code": 3, "kind": "imported", "file": "painted.nii"}]
    assert told["slices"] == [{"slice_index": index, "labels": given} for index in (2, 6)]


def test_its_name_tells_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "propagate",
        "a.nii",
        "--annotations",
        "b.nii",
        "--output",
        "c.nii",
        "--provenance",
        "d.json",
    ]
    with pytest.raises(SystemExit):
        main.main(arguments)
    assert "must end in -provenance.json" in capsys.readouterr().err
