"""What a run stores of a prediction: painted slices, uncertainty by slice, the report."""

from __future__ import annotations

import numpy as np
import pytest

from backend.jobs.results import merged_report, slice_uncertainty, with_painted
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.segmenter import Prediction

LABELS = [
    {"value": value, "name": name, "voxels": 5, "volume_ml": 0.1} for value, name in ((1, "liver"), (2, "s"))
]


def test_painted_slices_are_as_painted_and_certain() -> None:
    found = Prediction(np.zeros((2, 3, 4), np.uint16), confidence=np.full((2, 3, 4), 9, np.uint8))
    painted = SparseAnnotations(Plane.CORONAL, {1: np.full((2, 4), 7, np.uint16)})
    kept = with_painted(found, painted)
    assert kept.confidence is not None
    assert (kept.label_map[:, 1] == 7).all()
    assert (kept.confidence[:, 1] == 255).all()
    assert (kept.confidence[:, 0] == 9).all()
    assert with_painted(Prediction(found.label_map), painted).confidence is None


def test_what_the_method_made_is_not_written_into() -> None:
    frozen = np.zeros((2, 2, 2), np.uint8, order="F")
    frozen.flags.writeable = False
    painted = SparseAnnotations(Plane.AXIAL, {0: np.ones((2, 2), np.uint16)})
    assert with_painted(Prediction(frozen), painted).label_map.sum() == 4
    assert frozen.sum() == 0


def test_uncertainty_counts_expected_errors_of_uncertain_voxels() -> None:
    confidence = np.full((2, 3, 4), 255, np.uint8)
    confidence[0, 0, 1] = 204  # 80 %: sure enough
    confidence[0, 1, 2] = confidence[1, 1, 2] = 102  # 60 % wrong each
    assert slice_uncertainty(confidence) == {
        "axial": [0, 0, 1.2, 0], "coronal": [0, 1.2, 0], "sagittal": [0.6, 0.6],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"expected_dice": np.float32(0.5), "warning": None}, (0.5, None)),
        ({"expected_dice": 1.2, "warning": ""}, (1.0, None)),
        ({"expected_dice": float("nan"), "warning": "Paint more."}, (None, "Paint more.")),
        ({"expected_dice": None, "warning": "x" * 900}, (None, "x" * 500)),
        ({"warning": "Paint more."}, (None, "Paint more.")),
    ],
)
@pytest.mark.parametrize("key", [1, "1"])
def test_quality_is_merged_by_label(said: dict, kept: tuple, key: object) -> None:
    report = merged_report(LABELS, {"seconds": {"decode": 1.0}, "quality": {key: said}})
    assert (report["1"]["expected_dice"], report["1"]["warning"]) == kept
    assert report["2"] == {"name": "s", "volume_ml": 0.1, "voxels": 5}


@pytest.mark.parametrize("quality", [{}, {"quality": None}, {"quality": {}}, {"quality": {"1": None}}])
def test_a_method_that_cannot_judge_itself_says_nothing(quality: dict) -> None:
    assert "expected_dice" not in merged_report(LABELS, quality)["1"]
