"""How clearly labels stand out by intensity."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.volumetric.base import SliceStack
from fewshot_sam.volumetric.separability import separability

SQUARE = np.s_[10:20, 15:25]


def stack(brightness: float, noise: float = 0.1, pixel_mm: float = 1.0) -> SliceStack:
    """A square of label 7 on both of two painted slices, on noise."""
    painted, images = {}, {}
    for index in (0, 5):
        painted[index] = np.zeros((40, 50), np.uint16)
        painted[index][SQUARE] = 7
        image = np.random.default_rng(index).normal(0.5, noise, (40, 50)).astype(np.float32)
        image[SQUARE] += brightness
        images[index] = image
    return SliceStack(images.__getitem__, (6, 40, 50), (2.0, pixel_mm, pixel_mm), painted, (7,))


@pytest.mark.parametrize("brightness", [1.0, -1.0])
def test_brighter_or_darker_than_all_around_it_is_told_apart_fully(brightness: float) -> None:
    assert separability(stack(brightness), 7) == pytest.approx(1.0)


def test_it_grows_with_the_difference_from_chance() -> None:
    found = [separability(stack(brightness), 7) for brightness in (0.0, 0.05, 0.1, 0.2)]
    assert found == sorted(found)
    assert 0.5 <= found[0] < 0.53


def test_equal_intensities_are_a_guess() -> None:
    assert separability(stack(0.0, noise=0.0), 7) == 0.5


def test_only_what_is_near_counts() -> None:
    far = stack(0.3)
    for index in far.painted:
        far.image(index)[:, 40:] = 0.9  # as bright, but 15 mm away
    assert separability(far, 7) == separability(stack(0.3), 7)
    coarse = stack(0.3, pixel_mm=5.0)  # the ring of 6 mm is one pixel wide
    assert separability(coarse, 7) == pytest.approx(separability(stack(0.3), 7), abs=0.02)


def test_what_is_not_painted_or_has_no_surroundings_is_a_guess() -> None:
    assert separability(stack(1.0), 8) == 0.5
    full = SliceStack(
        lambda _: np.ones((4, 4), np.float32), (1, 4, 4), (1.0, 1.0, 1.0), {0: np.full((4, 4), 7)}, (7,)
    )
    assert separability(full, 7) == 0.5
