"""Interpolated signed distances: between, towards empty slices, and beyond the painted range."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.interpolation import DistanceInterpolator, signed_distance_mm

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
