"""What a run says of itself: what accuracy to expect, which warnings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fewshot_sam.evaluation.quality import expected_dice, label_quality, picture_quality

PIXEL_MM = (8.0, 8.0)


def painted_on(slices: int, code: int = 4) -> dict[int, np.ndarray]:
    """A 2 x 2 square on so many slices, and one slice with nothing."""
    square = np.zeros((6, 5), np.uint16)
    square[2:4, 1:3] = code
    return {2 * index: square.copy() for index in range(slices)} | {9: np.zeros((6, 5), np.uint16)}


def result(slices: int, beyond: int = 0, code: int = 4) -> np.ndarray:
    """A label map with the paint of ``painted_on`` and so many voxels more on another slice."""
    label_map = np.zeros((5, 6, 12), np.uint16)
    for index in range(slices):
        label_map[1:3, 2:4, 2 * index] = code
    label_map[0, :beyond, 1] = code
    return label_map


def test_expected_dice_grows_with_the_cross_validated_one_and_never_says_1() -> None:
    slices = painted_on(3)
    found = [expected_dice(dice, slices, 4, PIXEL_MM) or 0.0 for dice in np.linspace(0, 1, 101)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == pytest.approx((0.883, 0.965), abs=0.001)
    for dice in (0.1, 0.4, 0.9):
        assert dice < (expected_dice(dice, slices, 4, PIXEL_MM) or 0.0) < 1.0


def test_expected_dice_is_less_for_what_is_thin_moves_or_is_on_few_slices() -> None:
    def expected(slices: dict[int, np.ndarray], pixel_mm: tuple[float, float] = PIXEL_MM) -> float:
        return expected_dice(0.8, slices, 4, pixel_mm) or 0.0

    usual, moving = expected(painted_on(3)), painted_on(3)
    moving[2] = np.roll(moving[2], 2, axis=1)
    assert expected(painted_on(3), (2.0, 2.0)) < usual
    assert expected(moving) < usual
    assert expected(painted_on(2)) < usual < expected(painted_on(5))


def test_without_paint_or_cross_validation_there_is_no_expectation() -> None:
    assert expected_dice(None, painted_on(3), 4, PIXEL_MM) is None
    assert expected_dice(0.9, painted_on(3), 5, PIXEL_MM) is None
    assert expected_dice(0.9, {}, 4, PIXEL_MM) is None


@pytest.mark.parametrize(
    ("slices", "beyond", "dice", "warning"),
    [
        (0, 5, 0.9, "not painted on this scan: paint it on two slices"),
        (1, 5, None, "painted on one slice only, so its accuracy cannot be told"),
        (1, 0, 0.9, "not found on any other slice: paint it on more"),
        (3, 0, 0.9, "not found on any other slice: paint it on more"),
        (3, 5, 0.05, "not learnt well: check every slice"),
        (3, 5, 0.9, None),
    ],
)
def test_warnings_say_what_to_do(slices: int, beyond: int, dice: float | None, warning: str | None) -> None:
    quality = label_quality({4: dice}, painted_on(slices), result(slices, beyond), PIXEL_MM)["4"]
    if warning is None:
        assert quality["warning"] is None
    else:
        assert warning in quality["warning"]


def test_a_label_that_was_learnt_from_other_volumes_too_is_not_said_to_be_unknown() -> None:
    painted, thick = painted_on(1), (50.0, 50.0)
    of_scan = label_quality({4: 0.9}, painted, result(1, 5), thick)["4"]
    of_pictures = picture_quality({4: 0.9}, painted, result(1, 5))["4"]
    for quality in (of_scan, of_pictures):
        assert quality["expected_dice"] > 0.7
        assert quality["warning"] is None


def test_each_label_by_its_code_as_json() -> None:
    painted = painted_on(3)
    painted[0][0, 0] = 300
    quality = label_quality({4: 0.81234, 300: None}, painted, result(3, 5), PIXEL_MM)
    assert json.loads(json.dumps(quality)) == quality
    assert set(quality) == {"4", "300"}
    assert quality["4"]["cross_validated_dice"] == 0.812
    assert quality["4"]["expected_dice"] == 0.946
    assert quality["300"]["cross_validated_dice"] is quality["300"]["expected_dice"] is None
    assert "one slice only" in quality["300"]["warning"]


def test_without_cross_validation_nothing_is_said() -> None:
    assert label_quality({}, painted_on(3), result(3), PIXEL_MM) == {}
