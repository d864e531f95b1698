"""Unrelated pictures are compared each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.pictures import Picture
from fewshot_sam.evaluation.metrics import agreements, share_within
from fewshot_sam.evaluation.picture_metrics import picture_agreements

SHAPE = (12, 10, 5)


def pictures(pixel_mm: tuple[float, float] | None = None) -> list[Picture]:
    return [Picture(f"{index}.png", SHAPE[1], SHAPE[0], pixel_mm) for index in range(SHAPE[2])]


def square(z: slice = slice(None)) -> np.ndarray:
    drawn = np.zeros(SHAPE, np.uint8)
    drawn[3:8, 3:8, z] = 1
    return drawn


def test_what_is_missing_on_a_picture_is_far_though_the_next_has_it() -> None:
    found = picture_agreements(square(slice(0, 3)), square(), pictures(), [1])[1]
    assert found is not None
    assert found.dice == pytest.approx(0.75)
    assert found.hd95_mm == float("inf")
    assert share_within(found.distances_mm, 2.0) == pytest.approx(6 / 8)  # 3 of both, 2 of one
    reaching_across = agreements(square(slice(0, 3)), square(), (1.0, 1.0, 1.0), [1])[1]
    assert reaching_across is not None
    assert share_within(reaching_across.distances_mm, 2.0) == 1.0


def test_distances_take_the_pixels_of_each_picture() -> None:
    moved = np.roll(square(), 2, axis=0)  # by two columns
    found = picture_agreements(moved, square(), pictures((3.0, 0.25)), [1])[1]
    assert found is not None
    assert found.distances_mm.max() == pytest.approx(0.5)
    assert np.roll(moved, -2, axis=0).tolist() == square().tolist()


def test_pictures_that_are_left_out_do_not_count() -> None:
    counted = np.array([True, True, True, False, False]).reshape(1, 1, -1)
    found = picture_agreements(square(slice(0, 3)), square(), pictures(), [1, 2], counted)
    assert found[1] is not None and found[1].dice == 1.0 and found[1].hd95_mm == 0.0
    assert found[2] is None
