"""The examples in the docstrings of the public API run and print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.io import save_label_map, save_scalar_map
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of

MODULES = [
    "fewshot_sam.data.annotations",
    "fewshot_sam.data.volume",
    "fewshot_sam.evaluation.metrics",
    "fewshot_sam.io",
    "fewshot_sam.segmenter",
]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ct.nii.gz and painted.nii.gz, with labels 1 and 2 on three axial slices, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    label_map = truth(codes=(1, 2))
    volume = volume_of(label_map)
    save_scalar_map(volume.voxels, volume, "ct.nii.gz")
    sparse = np.zeros_like(label_map)
    for index, image in painted(label_map).slices.items():
        sparse[:, :, index] = image
    save_label_map(sparse, volume, "painted.nii.gz")


@pytest.mark.usefixtures("scan")
@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    module = import_module(name)
    found = doctest.testmod(module, report=True, extraglobs={"encoder": ToyEncoder()})
    assert found.attempted > 0
    assert found.failed == 0
