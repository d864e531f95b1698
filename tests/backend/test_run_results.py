"""What a run stores of a prediction: uncertainty by slice, and the report."""

from __future__ import annotations

import numpy as np
import pytest

from backend.jobs.results import domain_shift, merged_report, next_slices, slice_uncertainty

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


SHIFT = {
    "distance": 0.1, "usual_distance": 0.02, "reasons": ["looks"], "slices": [4, 9], "sentence": "",
}  # fmt: skip
LOOKS = "This scan differs: it looks unlike those the model learnt from (5.0 times the usual distance)."


@pytest.mark.parametrize("learnt_from", ["MR", "OT", None])
def test_how_a_scan_differs_carries_the_plane_its_slices_are_in(learnt_from: str | None) -> None:
    kept = domain_shift({"domain_shift": SHIFT}, "coronal", "MR", learnt_from)
    assert kept == {**SHIFT, "plane": "coronal", "sentence": LOOKS}


@pytest.mark.parametrize("said", [{}, {"domain_shift": None}, {"domain_shift": {**SHIFT, "reasons": []}}])
def test_of_a_scan_that_does_not_differ_nothing_is_kept(said: dict) -> None:
    assert domain_shift(said, "axial", "OT", "CT") is None


@pytest.mark.parametrize(
    ("reasons", "more"),
    [
        ([], ""),
        (["looks"], ""),
        (["looks", "unsure"], ", and the model is unsure of most of what it found"),
        (["nothing"], ", and the model found nothing in it"),
    ],
)
def test_another_modality_is_said_first(reasons: list[str], more: str) -> None:
    kept = domain_shift({"domain_shift": {**SHIFT, "reasons": reasons}}, "axial", "MR", "CT")
    assert kept is not None
    assert kept["sentence"] == f"This scan differs: it is MR while the model learnt from CT{more}."


def test_a_scan_that_differs_in_modality_alone_has_slices_proposed_by_the_result() -> None:
    named = [{"slice_index": index} for index in (8, 3, 5)]
    report = {"domain_shift": {**SHIFT, "reasons": [], "slices": []}, "next_slices": named}
    kept = domain_shift(report, "axial", "CT", "MR")
    assert kept is not None
    assert kept["slices"] == [3, 8]
