"""Contours around masks, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewshot_sam.io.dicom.contours import contours_of, mask_of


@settings(max_examples=200, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_any_mask_comes_back(mask: np.ndarray) -> None:
    before = mask.copy()
    np.testing.assert_array_equal(mask_of(contours_of(mask), mask.shape), mask)
    np.testing.assert_array_equal(mask, before)


def test_points_lie_half_a_pixel_from_the_mask() -> None:
    mask = np.random.default_rng(0).random((20, 20)) > 0.6
    inside = np.argwhere(mask)
    for contour in contours_of(mask):
        apart = np.abs(contour[:, None] - inside[None]).sum(axis=2).min(axis=1)
        assert (apart == 0.5).all()


def test_no_point_lies_on_a_line_between_its_neighbours() -> None:
    mask = np.zeros((30, 30), bool)
    mask[5:25, 5:25] = True
    (contour,) = contours_of(mask)
    assert len(contour) == 8  # four sides, and four corners cut


@pytest.mark.parametrize("shift", [(-4.0, -3.0), (6.0, 8.0), (40.0, 0.0)])
def test_what_reaches_beyond_the_slice_is_cut(shift: tuple[float, float]) -> None:
    square = np.array([[1.5, 1.5], [1.5, 6.5], [6.5, 6.5], [6.5, 1.5]]) + shift
    rows, columns = np.indices((9, 10))
    wanted = (np.abs(rows - 4 - shift[0]) < 2.5) & (np.abs(columns - 4 - shift[1]) < 2.5)
    np.testing.assert_array_equal(mask_of([square], (9, 10)), wanted)
