"""What a run says of itself: what accuracy to expect, which warnings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fewshot_sam.evaluation.quality import expected_dice, label_quality


def test_expected_dice_grows_with_the_cross_validated_one_and_falls_to_0_where_nothing_was_found() -> None:
    assert expected_dice(None) is None
    assert expected_dice(0.0) == 0.0
    found = [expected_dice(dice) or 0.0 for dice in np.linspace(0, 1, 101)]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(0.96)
    for dice in (0.1, 0.4, 0.9):
        assert dice < (expected_dice(dice) or 0.0) < 1.0


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


@pytest.mark.parametrize(
    ("slices", "beyond", "dice", "warning"),
    [
        (0, 5, 0.9, "not painted on this scan: paint it on two slices"),
        (1, 5, None, "painted on one slice only, so its accuracy cannot be told"),
        (3, 0, 0.9, "not found on any other slice: paint it on more"),
        (3, 5, 0.05, "not learnt well: check every slice"),
        (3, 5, 0.9, None),
    ],
)
def test_warnings_say_what_to_do(slices: int, beyond: int, dice: float | None, warning: str | None) -> None:
    quality = label_quality({4: dice}, painted_on(slices), result(slices, beyond))["4"]
    if warning is None:
        assert quality["warning"] is None
    else:
        assert warning in quality["warning"]


def test_each_label_by_its_code_as_json() -> None:
    painted = painted_on(3)
    painted[0][0, 0] = 300
    quality = label_quality({4: 0.81234, 300: None}, painted, result(3, 5))
    assert json.loads(json.dumps(quality)) == quality
    assert set(quality) == {"4", "300"}
    assert quality["4"]["cross_validated_dice"] == 0.812
    assert quality["4"]["expected_dice"] == 0.941
    assert quality["300"]["cross_validated_dice"] is quality["300"]["expected_dice"] is None
    assert "one slice only" in quality["300"]["warning"]


def test_without_cross_validation_nothing_is_said() -> None:
    assert label_quality({}, painted_on(3), result(3)) == {}
