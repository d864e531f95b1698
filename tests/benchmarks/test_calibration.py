"""Calibration: bins, the expected error, and tables from stored results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import protocol
from benchmarks.calibration import calibration_text, expected_error, reliability
from benchmarks.methods import Task
from benchmarks.results import Result
from fewshot_sam.data.planes import Plane
from tests.fewshot_sam.toy_encoder import truth, volume_of

REFERENCE = truth((16, 14, 12), (1,))
CASE = protocol.BenchmarkCase("toy", "", Plane.AXIAL, (1,))


def reliability_of(label_map: np.ndarray, confidence: np.ndarray) -> dict[str, Any]:
    return reliability(Task.of(CASE, 3, volume_of(REFERENCE), REFERENCE), label_map, confidence)


def test_a_perfect_and_certain_mask_has_no_error() -> None:
    told = reliability_of(REFERENCE, np.full(REFERENCE.shape, 255, np.uint8))
    assert expected_error(told["all"]) == expected_error(told["foreground"]) == 0.0


def test_only_unpainted_slices_of_the_extent_count() -> None:
    task = Task.of(CASE, 3, volume_of(REFERENCE), REFERENCE)
    told = reliability(task, REFERENCE, np.full(REFERENCE.shape, 255, np.uint8))
    slices = len(protocol.extent(REFERENCE, Plane.AXIAL)) - len(task.annotations.slices)
    assert sum(count for count, _, _ in told["all"]) == slices * 16 * 14


@pytest.mark.parametrize(("confidence", "error"), [(255, 1.0), (102, 0.4), (0, 0.0)])
def test_a_wrong_mask_errs_by_its_confidence(confidence: int, error: float) -> None:
    told = reliability_of(1 - REFERENCE, np.full(REFERENCE.shape, confidence, np.uint8))
    assert expected_error(told["foreground"]) == pytest.approx(error, abs=1e-4)


def test_the_tables_compare_what_was_told_with_what_is() -> None:
    about = {"quality": {"1": {"expected_dice": 0.9}, "2": {"expected_dice": None}}}
    bins = [[0.0, 0.0, 0.0]] * 9 + [[100.0, 95.0, 90.0]]
    labels = {code: {"dice": 0.8, "iou": 0.7, "assd_mm": 1.0} for code in ("1", "2")}
    details = {"report": about, "reliability": {"all": bins, "foreground": bins}}
    result = Result("toy", 3, "ours", 0, "", [1], labels, {"total": 1.0}, details=details)
    text = calibration_text([result])
    assert "| toy, 3 | 1 | 0.900 | 0.800 | +0.100 | 0.100 |" in text
    assert "| all (target 0.03) | 1 | 0.900 | 0.800 | +0.100 | 0.100 |" in text
    assert "bones (target 0.06)" not in text
    assert "| toy, 3 | 0.050 | 0.050 |" in text
    assert "| worst (target 0.05) |  | 0.050 (toy, 3) |" in text
    assert "| 0.9 to 1.0 | 100 | 0.950 | 0.900 |" in text


def test_bones_have_a_target_of_their_own() -> None:
    def result(case: str, expected: float) -> Result:
        details = {"report": {"quality": {"1": {"expected_dice": expected}}}}
        labels = {"1": {"dice": 0.8, "iou": 0.7, "assd_mm": 1.0}}
        return Result(case, 3, "ours", 0, "", [1], labels, {"total": 1.0}, details=details)

    text = calibration_text([result("ct_abdomen_bones", 0.9), result("ct_abdomen", 0.82)])
    for row in (
        "| bones (target 0.06) | 1 | 0.900 | 0.800 | +0.100 | 0.100 |",
        "| all but bones | 1 | 0.820 | 0.800 | +0.020 | 0.020 |",
        "| all (target 0.03) | 2 | 0.860 | 0.800 | +0.060 | 0.060 |",
    ):
        assert row in text


def test_without_results_there_is_nothing_to_say() -> None:
    assert calibration_text([]) == ""
