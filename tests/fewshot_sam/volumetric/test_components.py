"""Which components of a label are small, and where they are taken away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.components import SmallComponents, find_small_components


def test_small_components_are_pieces_of_their_own_label() -> None:
    label_map = np.zeros((20, 10, 5), np.uint16)
    label_map[:5, :4, :5] = 700  # 100 voxels, and a second component of a quarter, touching a corner alone
    label_map[5:10, 4:9, 0] = 700
    label_map[15, 0, :] = 700  # 5 voxels
    label_map[15, 1, :] = 3  # as small, but all there is of that label
    small = find_small_components(label_map, 0.2)
    assert np.argwhere(small).tolist() == [[15, 0, z] for z in range(5)]
    assert not find_small_components(label_map, 0.05).any()
    assert np.count_nonzero(find_small_components(label_map, 0.3)) == 30


@given(arrays(np.uint16, (6, 5, 4), elements=st.integers(0, 2)), st.floats(0, 1))
def test_every_label_keeps_its_largest_component(label_map: np.ndarray, min_fraction: float) -> None:
    before = label_map.copy()
    small = find_small_components(label_map, min_fraction)
    np.testing.assert_array_equal(label_map, before)
    assert not (small & (label_map == 0)).any()
    assert set(np.unique(label_map[~small])) | {0} == set(np.unique(label_map)) | {0}


def problem(painted: dict[int, np.ndarray], **settings: float) -> Problem:
    shape = next(iter(painted.values())).shape if painted else (4, 9)
    stack = SliceStack(
        lambda index: np.zeros(shape, np.float32), (5, *shape), (1.0, 1.0, 1.0), painted, (7, 8)
    )
    return Problem(stack, PredictSettings(**settings))


@pytest.mark.parametrize(("fraction", "removed"), [(0.2, 1), (0.0, 0)])
def test_without_paint_what_is_small_against_the_largest_goes(fraction: float, removed: int) -> None:
    label_map = np.zeros((5, 4, 9), np.uint16)
    label_map[:, :3, :4], label_map[4, 0, 8] = 7, 7
    where = SmallComponents().remove(label_map, problem({}, min_component_fraction=fraction))
    assert (0 if where is None else np.count_nonzero(where)) == removed


def test_with_paint_a_small_piece_goes_that_no_paint_of_its_label_touches() -> None:
    label_map = np.zeros((5, 4, 9), np.uint16)
    label_map[:, :3, :4] = 7  # 60 voxels
    label_map[3:, 0, 8] = 7  # 2 voxels, away from the painted slice
    label_map[0:3, 3, 6] = 7  # 3 voxels, painted on slice 2
    label_map[1, 0, 6] = 8  # all there is of its label
    painted = {2: label_map[2].copy()}
    where = SmallComponents().remove(label_map, problem(painted, min_unpainted_fraction=0.05))
    assert where is not None
    assert np.argwhere(where).tolist() == [[3, 0, 8], [4, 0, 8]]
    for fraction in (0.0, 0.03):  # 2 voxels are a thirtieth of 60
        kept = SmallComponents().remove(label_map, problem(painted, min_unpainted_fraction=fraction))
        assert kept is None or not kept.any()


def test_what_is_painted_otherwise_does_not_hold_a_piece() -> None:
    label_map = np.zeros((5, 4, 9), np.uint16)
    label_map[:, :3, :4] = 7
    label_map[1:4, 0, 8] = 7  # on the painted slice too, where a person painted nothing
    image = label_map[2].copy()
    image[0, 8] = 0
    before = label_map.copy()
    where = SmallComponents().remove(label_map, problem({2: image}, min_unpainted_fraction=0.05))
    assert where is not None
    assert np.argwhere(where).tolist() == [[1, 0, 8], [3, 0, 8]]
    np.testing.assert_array_equal(label_map, before)


def test_a_large_piece_stays_without_paint_of_its_own() -> None:
    label_map = np.zeros((5, 4, 9), np.uint16)
    label_map[:3, :3, :4], label_map[3:, 1:, 6:] = 7, 7
    where = SmallComponents().remove(label_map, problem({1: label_map[1].copy()}))
    assert where is not None
    assert not where.any()
