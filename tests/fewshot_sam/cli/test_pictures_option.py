"""``--pictures``: a folder of unrelated pictures and their PNG masks, from the command line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fewshot_sam.cli import main
from fewshot_sam.cli.outputs import write_prediction
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.io import load_volume
from tests.conftest import share_encoder
from tests.fewshot_sam.synthetic_pictures import write_pictures


@pytest.mark.slow
def test_masks_of_some_pictures_become_masks_of_all(
    tmp_path: Path, embeddings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_encoder(tmp_path / "home", embeddings_folder)
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    masks = write_pictures(tmp_path / "pictures", colour=True)
    painted = tmp_path / "painted"
    painted.mkdir()
    for name in list(masks)[:3]:
        Image.fromarray(7 * masks[name]).save(painted / name)
    (painted / "labels.json").write_text('{"7": {"name": "Disc", "color": "#12ab34"}}')
    given = [str(tmp_path / "pictures"), "--pictures", "--annotations", str(painted), "--device", "cpu"]
    model = str(tmp_path / "model.safetensors")
    saved = ["--output", str(tmp_path / "masks.zip"), "--save-model", model]
    assert main.main(["propagate", *given, *saved]) == 0
    predicted = [*given[:2], "--model", model, "--output", str(tmp_path / "predicted.zip"), "--device", "cpu"]
    assert main.main(["predict", *predicted]) == 0
    for name in ("masks.zip", "predicted.zip"):
        assert labels_in(tmp_path / name) == {"7": {"name": "Disc", "color": "#12ab34"}}
    with zipfile.ZipFile(tmp_path / "masks.zip") as archive:
        for name, truth in masks.items():
            found = np.array(Image.open(io.BytesIO(archive.read(f"masks/{name}"))))
            assert set(np.unique(found)) <= {0, 7}
            assert found.shape == truth.shape
            common = 2 * ((found > 0) & (truth > 0)).sum() / ((found > 0).sum() + truth.sum())
            assert common == 1 if (painted / name).exists() else common > 0.5


def labels_in(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("labels.json"))["labels"]


def test_masks_are_written_with_the_names_and_colours_of_their_labels(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures")
    stack = load_volume(tmp_path / "pictures", pictures=True)
    codes = np.full(stack.shape, 7, np.uint16)
    prediction = Prediction(codes)
    write_prediction(prediction, stack, tmp_path / "m.zip", None, {7: LabelName("Disc", "#12ab34")})
    assert labels_in(tmp_path / "m.zip") == {"7": {"name": "Disc", "color": "#12ab34"}}


def test_a_zip_is_of_pictures_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import nibabel as nib

    image = np.random.default_rng(0).integers(0, 100, (16, 14, 9)).astype(np.int16)
    label_map = np.zeros(image.shape, np.uint8)
    label_map[4:9, 4:9, 2], label_map[4:9, 4:9, 6] = 3, 3
    for name, array in {"image": image, "painted": label_map}.items():
        nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / f"{name}.nii")
    given = [str(tmp_path / "image.nii"), "--annotations", str(tmp_path / "painted.nii"), "--draft"]
    assert main.main(["propagate", *given, "--output", str(tmp_path / "mask.zip")]) == 2
    assert "this is a scan" in capsys.readouterr().err
    assert not (tmp_path / "mask.zip").exists()
