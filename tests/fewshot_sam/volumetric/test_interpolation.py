"""Interpolated signed distances: between, towards empty slices, and beyond the painted range."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.volumetric.distance_weights import DistanceWeights
from fewshot_sam.volumetric.interpolation import DistanceInterpolator, signed_distance_mm

PIXEL_MM = (2.0, 2.0)
SLICE_MM = 2.0


def disc(radius: int, code: int = 1, size: int = 41) -> np.ndarray:
    rows, columns = np.ogrid[:size, :size]
    centre = size // 2
    return np.where((rows - centre) ** 2 + (columns - centre) ** 2 <= radius**2, code, 0).astype(np.uint16)


def area(interpolator: DistanceInterpolator, index: int, channel: int = 1) -> int:
    return int((interpolator.log_odds(index).argmax(axis=0) == channel).sum())


def test_signed_distance_is_positive_inside_and_in_mm() -> None:
    distance = signed_distance_mm(disc(10) > 0, PIXEL_MM)
    assert distance is not None
    assert distance[20, 20] == pytest.approx(2.0 * 10, abs=3.0)
    assert distance[0, 20] < 0


def test_a_mask_without_a_contour() -> None:
    assert signed_distance_mm(np.zeros((5, 5), bool), PIXEL_MM) is None
    full = signed_distance_mm(np.ones((5, 5), bool), PIXEL_MM)
    assert full is not None and (full > 0).all()


def test_between_two_discs_the_size_lies_between() -> None:
    interpolator = DistanceInterpolator({0: disc(5), 10: disc(15)}, (1,), PIXEL_MM, SLICE_MM)
    assert (disc(5) > 0).sum() < area(interpolator, 5) < (disc(15) > 0).sum()


def test_a_label_vanishes_half_way_to_an_empty_slice() -> None:
    interpolator = DistanceInterpolator({0: disc(10), 20: disc(0, 0)}, (1,), PIXEL_MM, SLICE_MM)
    areas = [area(interpolator, index) for index in range(20)]
    assert areas == sorted(areas, reverse=True)
    assert areas[5] > 0
    assert areas[11] == 0


def test_beyond_the_painted_range_a_label_ends() -> None:
    interpolator = DistanceInterpolator({30: disc(10), 40: disc(10)}, (1,), PIXEL_MM, SLICE_MM)
    assert area(interpolator, 44) > 0
    assert area(interpolator, 80) == 0
    far, near = interpolator.log_odds(80)[1].max(), interpolator.log_odds(44)[1].max()
    assert far < near - 6.0


def test_one_painted_slice_reaches_some_way() -> None:
    interpolator = DistanceInterpolator({30: disc(10)}, (1,), PIXEL_MM, SLICE_MM)
    assert area(interpolator, 33) > 0
    assert area(interpolator, 60) == 0


def test_background_mirrors_the_likeliest_label() -> None:
    labels = disc(10)
    labels[:, :20] = np.where(labels[:, :20] > 0, 2, 0)
    odds = DistanceInterpolator({0: labels, 6: labels}, (1, 2), PIXEL_MM, SLICE_MM).log_odds(3)
    assert np.array_equal(odds[0], -odds[1:].max(axis=0))


@pytest.mark.parametrize("held_out", [10, 20, 30])
def test_without_a_slice_it_is_as_if_it_had_never_been_painted(held_out: int) -> None:
    painted = {10: disc(5), 20: disc(15), 30: disc(8)}
    whole = DistanceInterpolator(painted, (1,), PIXEL_MM, SLICE_MM)
    before = {index: whole.log_odds(index) for index in range(0, 50, 3)}
    others = {index: image for index, image in painted.items() if index != held_out}
    never = DistanceInterpolator(others, (1,), PIXEL_MM, SLICE_MM)
    without = whole.without(held_out)
    for index in [*range(0, 50, 3), held_out]:
        np.testing.assert_array_equal(without.log_odds(index), never.log_odds(index))
    for index, odds in before.items():  # the whole is left alone
        np.testing.assert_array_equal(whole.log_odds(index), odds)


def test_without_its_only_slice_nothing_changes() -> None:
    only = DistanceInterpolator({10: disc(5)}, (1,), PIXEL_MM, SLICE_MM)
    np.testing.assert_array_equal(only.without(10).log_odds(12), only.log_odds(12))


@pytest.mark.parametrize("weight", [0.25, 3.0])
def test_weighted_log_odds_count_no_more_beyond_the_painted_range_than_within(weight: float) -> None:
    interpolator = DistanceInterpolator({10: disc(5), 20: disc(15)}, (1,), PIXEL_MM, SLICE_MM)
    weights = DistanceWeights(np.array([weight]), np.array([2.0]))
    within = interpolator.weighted_log_odds(15, weights)
    np.testing.assert_allclose(within, weight * interpolator.log_odds(15), rtol=1e-6)
    for index in (21, 24, 30):
        beyond = np.abs(interpolator.weighted_log_odds(index, weights))
        assert (beyond <= weight * np.abs(interpolator.log_odds(index)) + 1e-6).all()


def test_each_label_has_its_own_weight_and_background_the_likeliest_ones() -> None:
    labels = disc(10)
    labels[:, :20] = np.where(labels[:, :20] > 0, 2, 0)
    interpolator = DistanceInterpolator({0: labels, 6: labels}, (1, 2), PIXEL_MM, SLICE_MM)
    plain = interpolator.log_odds(3)
    odds = interpolator.weighted_log_odds(3, DistanceWeights(np.array([0.5, 2.0]), np.zeros(2)))
    np.testing.assert_allclose(odds[1:], plain[1:] * np.array([0.5, 2.0])[:, None, None], rtol=1e-6)
    np.testing.assert_array_equal(odds[0], -odds[1:].max(axis=0))


def test_a_label_ends_beyond_the_paint_however_well_it_is_carried_on() -> None:
    interpolator = DistanceInterpolator({30: disc(10), 40: disc(10)}, (1,), PIXEL_MM, SLICE_MM)
    weights = DistanceWeights(np.array([5.0]), np.array([2.5]))
    likeliest = [float(interpolator.weighted_log_odds(index, weights)[1].max()) for index in range(40, 90)]
    assert likeliest == sorted(likeliest, reverse=True)
    assert likeliest[0] > 0 > likeliest[-1]
