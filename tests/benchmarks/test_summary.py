"""The summary of all cases: hard ones, the others, targets, the noise floor."""

from __future__ import annotations

from benchmarks import protocol
from benchmarks.results import Result, ResultsByMethod
from benchmarks.summary import noise_floor_text, summary_text


def result(case: str, method: str, dice: float, budget: int = 5) -> Result:
    codes = next(each.codes for each in protocol.CASES if each.name == case)
    labels = {str(code): {"dice": dice, "iou": dice / 2, "assd_mm": 1.5} for code in codes}
    return Result(case, budget, method, 0, "code", [3], labels, {"total": 1.0})


def both(case: str, ours: float, peer: float, budget: int = 5) -> list[Result]:
    return [result(case, "ours", ours, budget), result(case, "random_walker", peer, budget)]


def test_cases_that_a_peer_solves_are_summed_up_apart() -> None:
    runs = ResultsByMethod(
        [*both("ct_abdomen", 0.9, 0.8), *both("mr_torso", 0.9, 0.7), *both("ct_dicom", 0.95, 0.97)]
    )
    text = summary_text(runs)
    assert "| 5, best peer below 0.95 | 2 | 0.100 | 0.250 | 0.40 | +0.100 (ct_abdomen) |" in text
    assert "| 5, the others | 1 | 0.050 | 0.030 | 1.67 | -0.020 (ct_dicom) |" in text
    assert "| ratio of the errors at 5 slices at most 0.55 | 0.40 | met |" in text
    assert "| nowhere more than 0.01 Dice below a peer | -0.020 (ct_dicom, 5 slices) | **not met** |" in text


def test_bones_and_small_structures_have_targets() -> None:
    tuned = result("ct_dicom_small", "random_walker_tuned", 0.89)
    runs = ResultsByMethod([*both("ct_abdomen_bones", 0.71, 0.5), *both("ct_dicom_small", 0.88, 0.86), tuned])
    text = summary_text(runs)
    assert "| ct_abdomen_bones at 5 slices at least 0.70 | 0.710 | met |" in text
    assert "| ct_dicom_small better than every peer | -0.010 at 5 | **not met** |" in text


def test_without_a_pair_there_is_no_summary() -> None:
    assert summary_text(ResultsByMethod([result("ct_abdomen", "ours", 0.9)])) == ""
    assert noise_floor_text(ResultsByMethod([])) == ""


def test_the_noise_floor_is_told_by_label() -> None:
    runs = ResultsByMethod(
        [result("ct_dicom", "noise_floor", dice, budget) for dice, budget in ((0.96, 3), (0.98, 5))]
    )
    assert "| ct_dicom | 0.970 | 1: 0.970, 5: 0.970, 6: 0.970, 52: 0.970 |" in noise_floor_text(runs)
