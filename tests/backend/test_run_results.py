"""What a run stores of a prediction: uncertainty by slice, and the report."""

from __future__ import annotations

import numpy as np
import pytest

from backend.jobs.results import merged_report, next_slices, slice_uncertainty

LABELS = [
    {"value": value, "name": name, "voxels": 5, "volume_ml": 0.1} for value, name in ((1, "liver"), (2, "s"))
]


def test_uncertainty_counts_expected_errors_of_uncertain_voxels() -> None:
    confidence = np.full((2, 3, 4), 255, np.uint8)
    confidence[0, 0, 1] = 204  # 80 %: confident enough
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


def test_the_slices_to_paint_next_carry_the_plane_they_are_in() -> None:
    named = {"slice_index": 3, "labels": [1, 2], "reason": "between", "change": np.float64(0.02)}
    assert next_slices({"next_slices": [named]}, "coronal") == [{**named, "plane": "coronal"}]
    assert next_slices({"next_slices": []}, "axial") == []
    assert next_slices({}, "axial") is None
