"""Names, title and licence on the command line: into a model's file with ``fit``, out of it again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam import __version__
from fewshot_sam.cli.main import main
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

SHAPE = (16, 14, 9)
FOLDER, FILE = "patient_canary", "scan_canary.nii"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir()
    painted = np.zeros(SHAPE, np.uint16)
    painted[4:9, 4:9, 2], painted[4:9, 4:9, 6], painted[10:13, 4:9, 6] = 300, 300, 7
    write_nifti(folder / FILE, random_voxels(SHAPE))
    write_nifti(folder / "paint.nii", painted)
    (folder / "paint.json").write_text(json.dumps({"300": "Kidney beside", "7": "Spleen beside"}))
    (folder / "chosen.json").write_text(
        json.dumps({"300": {"name": "Kidney", "color": "#00FF00"}, "9": "not painted"})
    )
    return folder


def fit(folder: Path, *options: str) -> Path:
    model = folder / "m.safetensors"
    case = ("--case", str(folder / FILE), str(folder / "paint.nii"), "--output", str(model))
    assert main(["fit", *case, "--method", "draft", "--device", "cpu", "--seed", "5", *options]) == 0
    return model


def test_fit_keeps_what_is_typed_and_no_file_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ("--title", "Two organs", "--author", "A. Author", "--licence", "CC-BY-4.0", "--note", "One\nTwo")
    model = fit(folder, "--names", str(folder / "chosen.json"), *typed)
    for name in (FOLDER, "scan_canary", "paint.nii", "chosen"):
        assert name.encode() not in model.read_bytes()
    assert main(["model", str(model), "--json", str(folder / "about.json")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:4] == [
        "title     Two organs",
        "author    A. Author",
        "licence   CC-BY-4.0",
        f"program   Few-shot SAM {__version__}",
    ]
    assert "settings  defaults, seed 5" in out
    assert "label     7  Spleen beside  no estimate" in out
    assert "label     300  Kidney  no estimate" in out
    assert "painted   2 slices" in out
    assert out[-2:] == ["note      One", "note      Two"]
    about = json.loads((folder / "about.json").read_text())["model"]
    assert about["labels"] == [
        {"code": 7, "name": "Spleen beside", "color": None},
        {"code": 300, "name": "Kidney", "color": "#00ff00"},
    ]
    assert [source["slices"] for source in about["sources"]] == [2]


def test_predict_writes_the_names(folder: Path) -> None:
    model, names = fit(folder), folder / "mask.json"
    image, mask = (str(folder / name) for name in (FILE, "mask.nii"))
    outputs = ["--output", mask, "--names", str(names), "--json", str(folder / "report.json")]
    assert main(["predict", image, "--model", str(model), *outputs, "--device", "cpu"]) == 0
    assert json.loads(names.read_text()) == {
        "7": {"name": "Spleen beside"},
        "300": {"name": "Kidney beside"},
    }
    told = json.loads((folder / "report.json").read_text())
    assert told["label_names"] == {"7": "Spleen beside", "300": "Kidney beside"}


def test_propagate_keeps_the_names_of_the_label_map(folder: Path) -> None:
    model = folder / "saved.safetensors"
    paint = ["--annotations", str(folder / "paint.nii"), "--draft", "--device", "cpu"]
    outputs = ["--output", str(folder / "mask.nii"), "--save-model", str(model)]
    assert main(["propagate", str(folder / FILE), *paint, *outputs]) == 0
    assert main(["model", str(model), "--json", str(folder / "about.json")]) == 0
    labels = json.loads((folder / "about.json").read_text())["model"]["labels"]
    assert [label["name"] for label in labels] == ["Spleen beside", "Kidney beside"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [("missing.json", "must be in a file that ends in"), ("paint.nii", "must be in a file that ends in")],
)
def test_names_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], names: str, sentence: str
) -> None:
    case = [
        "--case",
        str(folder / FILE),
        str(folder / "paint.nii"),
        "--output",
        str(folder / "m.safetensors"),
    ]
    assert main(["fit", *case, "--method", "draft", "--names", str(folder / names)]) == 2
    assert sentence in capsys.readouterr().err
    assert not (folder / "m.safetensors").exists()
