"""The Python in docs/integrations.md runs, on files of this program; napari and 3D Slicer are stand-ins."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import gradio_client
import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.io import load_volume, save_label_map
from fewshot_sam.io.labels import read_label_map
from fewshot_sam.io.slicer_segmentation import save_slicer_segmentation
from tests.docs.conftest import read, section
from tests.fewshot_sam.synthetic_files import oblique_affine, random_voxels, write_nifti

TEXT = read("docs/integrations.md")
NAMES = {3: LabelName("Leber (links)", "#123456"), 40: LabelName("spleen", "#abcdef")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scan, its mask, the same as a segmentation of 3D Slicer, and the names; the working folder."""
    plain = write_nifti(tmp_path / "plain.nii", random_voxels(), oblique_affine("LPS", (1, 2, 3)))
    nib.save(nib.load(plain), tmp_path / "ct.nii.gz")
    volume = load_volume(tmp_path / "ct.nii.gz")
    codes = np.random.default_rng(1).choice(np.array([0, 0, 3, 40], np.uint16), volume.shape)
    save_label_map(codes, volume, tmp_path / "mask.nii.gz")
    save_slicer_segmentation(codes, volume, tmp_path / "mask.seg.nrrd", NAMES)
    by_code = {code: {"name": label.name, "color": label.color} for code, label in NAMES.items()}
    (tmp_path / "names.json").write_text(json.dumps(by_code))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(heading: str, number: int = 0) -> dict[str, Any]:
    """Run a block of Python under a heading; its names."""
    blocks = re.findall(r"^```python\n(.*?)^```", section(TEXT, heading), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(blocks[number], f"docs/integrations.md, {heading}", "exec"), names)
    return names


def test_slicers_segmentation_is_read_by_its_developers_package(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("3D Slicer")
    assert capsys.readouterr().out.splitlines() == ["3 Leber (links)", "40 spleen"]


def test_slicer_calls_a_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slicer, client = MagicMock(), MagicMock()
    given = {"scan.nrrd": "ct.nii.gz", "painted.seg.nrrd": "mask.seg.nrrd"}
    slicer.util.saveNode = lambda _, name: shutil.copy(given[name], name)
    client.return_value.predict.return_value = ("made.nii.gz", None, {})
    monkeypatch.setitem(sys.modules, "slicer", slicer)
    monkeypatch.setattr(gradio_client, "Client", client)
    run("3D Slicer", 1)
    sent = client.return_value.predict.call_args.kwargs
    assert sent["api_name"] == "/propagate" and sent["annotations"]["path"] == "painted.seg.nrrd"
    slicer.util.loadSegmentation.assert_called_once_with("made.nii.gz")


def test_itk_snaps_label_descriptions_name_the_mask(folder: Path) -> None:
    run("ITK-SNAP")
    volume = load_volume(folder / "ct.nii.gz")
    named = read_label_map([folder / "mask.nii.gz", folder / "labels.txt"], volume.source)
    assert named.names == NAMES


def test_what_napari_saves_lies_on_the_scan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = SimpleNamespace(
        add_image=lambda data, **_: None,
        add_labels=lambda data, **_: SimpleNamespace(data=data),
    )
    monkeypatch.setitem(sys.modules, "napari", SimpleNamespace(Viewer=lambda: viewer))
    run("napari")
    volume = load_volume(folder / "ct.nii.gz")
    found, mask = (
        read_label_map([folder / name], volume.source) for name in ("from_napari.nii.gz", "mask.nii.gz")
    )
    np.testing.assert_array_equal(found.codes, mask.codes)


def test_nibabel_and_simpleitk_read_masks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    volumes, means = run("Python"), run("Python", 1)
    assert set(volumes["codes"].tolist()) == {0, 3, 40}
    assert means["statistics"].GetLabels() == (3, 40)
    assert capsys.readouterr().out.count("{3: ") == 2
