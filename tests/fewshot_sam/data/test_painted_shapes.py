"""Overlap and thickness of painted shapes."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.painted_shapes import mean_depth_mm, shape_overlap
from tests.fewshot_sam.moving_squares import painted


def test_overlap_is_the_dice_of_neighbouring_shapes() -> None:
    assert shape_overlap(painted(0, 5, 10), 1) == 1.0
    assert shape_overlap(painted(0, 5, 10), 2) == pytest.approx(0.5)
    assert shape_overlap(painted(0, 5, 30), 2) == pytest.approx(0.25)
    assert shape_overlap(painted(0, 5), 3) is None
    assert shape_overlap(painted(0), 1) is None
    only_one_holds_it = {0: np.ones((3, 3), np.uint16), 1: np.zeros((3, 3), np.uint16)}
    assert shape_overlap(only_one_holds_it, 1) == 0.0


def test_depth_is_a_length_in_mm_and_small_for_what_is_thin() -> None:
    image = np.zeros((30, 40), np.uint16)
    image[5:15, 5:15] = 1  # a square
    image[20:22, 0:40] = 2  # as many voxels or more, but thin
    square, strip = (mean_depth_mm({0: image}, code, (1.0, 1.0)) for code in (1, 2))
    assert strip == pytest.approx(1.0)
    assert square > 2 * strip
    assert mean_depth_mm({0: image, 7: image}, 1, (2.0, 2.0)) == pytest.approx(2 * square)


def test_depth_of_what_is_not_painted_is_0_and_of_a_full_slice_to_its_edge() -> None:
    assert mean_depth_mm({}, 1, (1.0, 1.0)) == 0.0
    assert mean_depth_mm({0: np.zeros((4, 4), np.uint16)}, 1, (1.0, 1.0)) == 0.0
    assert mean_depth_mm({0: np.ones((3, 3), np.uint16)}, 1, (1.0, 1.0)) == pytest.approx((8 + 2) / 9)
