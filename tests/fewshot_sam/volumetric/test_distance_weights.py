"""What interpolated distances count for: the gaps, and how a label's shapes overlap."""

from __future__ import annotations

import numpy as np

from fewshot_sam.volumetric.distance_weights import (
    DistanceWeights,
    distance_weights,
    gap_weight,
)
from tests.fewshot_sam.moving_squares import painted

CODES = (1, 2)
SLICE_MM = 2.0


def test_interpolation_counts_less_the_wider_the_gaps() -> None:
    weights = [gap_weight([0, gap, 2 * gap], SLICE_MM) for gap in (1, 5, 10, 20, 100)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[1] > weights[2] > weights[3]
    assert gap_weight([3], SLICE_MM) == weights[-1]
    assert gap_weight([20, 0, 10], SLICE_MM) == weights[2]  # in any order


def test_a_label_that_stays_in_its_place_is_interpolated_with_more_weight_than_one_that_moves() -> None:
    usual = gap_weight([0, 10, 20], SLICE_MM)
    stays, moves = distance_weights(painted(0, 20, 40), CODES, SLICE_MM).within
    assert stays > usual > moves


def test_a_given_weight_is_that_of_all_labels() -> None:
    weights = distance_weights(painted(0, 20), CODES, SLICE_MM, 1.5)
    assert weights.within.tolist() == [1.5, 1.5]
    assert weights.outside(1.0).tolist() == [0.5, 0.5]


def test_outside_the_painted_range_shapes_count_less_the_farther_and_never_more_than_within() -> None:
    weights = distance_weights(painted(0, 3, 6), CODES, SLICE_MM)
    outside = np.stack([weights.outside(away_mm) for away_mm in (0.1, 4.0, 8.0, 16.0, 200.0)])
    assert (np.diff(outside, axis=0) <= 0).all()
    np.testing.assert_array_equal(outside[0], weights.within)
    np.testing.assert_array_equal(outside[-1], [0.5, 0.5])


def test_outside_the_painted_range_only_tubes_are_carried_on() -> None:
    tube, moves = distance_weights(painted(0, 5, 10), CODES, SLICE_MM).outside(8.0)
    assert tube > 1.0 > 0.5 == moves


def test_one_painted_slice_and_labels_that_are_not_painted_have_weights_too() -> None:
    for slices in (painted(0), {0: np.zeros((5, 5), np.uint16), 4: np.zeros((5, 5), np.uint16)}):
        weights = distance_weights(slices, CODES, SLICE_MM)
        assert np.isfinite(weights.within).all() and np.isfinite(weights.outside(2.0)).all()


def test_what_is_painted_is_left_alone() -> None:
    slices = painted(0, 5, 10)
    before = {index: image.copy() for index, image in slices.items()}
    assert isinstance(distance_weights(slices, CODES, SLICE_MM), DistanceWeights)
    for index, image in slices.items():
        np.testing.assert_array_equal(image, before[index])
