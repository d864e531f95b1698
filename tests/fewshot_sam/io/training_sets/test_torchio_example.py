"""The example of docs/exporting.md, with TorchIO."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.io.training_sets.base import TrainingSet
from fewshot_sam.io.training_sets.decathlon import DecathlonSet
from fewshot_sam.io.training_sets.nnunet import NnUnetSet
from tests.fewshot_sam.io.training_set_helpers import LABELS, cases, write_set

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "torchio_subjects.py"


def example() -> Any:
    spec = spec_from_file_location("torchio_subjects", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("layout", [NnUnetSet, DecathlonSet])
def test_subjects_hold_the_scans_and_their_labels(tmp_path: Path, layout: type[TrainingSet]) -> None:
    folder = write_set(layout("x", LABELS), cases(), tmp_path)
    found = example().subjects(folder)
    assert [subject["name"] for subject in found] == ["case_c0", "case_c1"]
    for case, subject in zip(cases(), found, strict=False):
        stored = case.volume.source.from_canonical(case.volume.voxels)
        np.testing.assert_array_equal(subject["image"].numpy()[0], stored)
        np.testing.assert_allclose(subject["labels"].affine, case.volume.source.affine, atol=1e-5)
    assert len(list(example().training_data(folder))) == 2
