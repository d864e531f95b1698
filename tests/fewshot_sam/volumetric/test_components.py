"""Which components of a label are small, and where they are taken away."""

from __future__ import annotations

from dataclasses import replace

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


@pytest.mark.parametrize(
    ("painted", "fraction", "removed"), [(False, 0.2, 1), (True, 0.2, 0), (False, 0.0, 0)]
)
def test_the_step_spares_volumes_with_paint(painted: bool, fraction: float, removed: int) -> None:
    label_map = np.zeros((9, 4, 3), np.uint16)
    label_map[:4, :3], label_map[8, 0, 0] = 7, 7
    stack = SliceStack(lambda index: label_map[:, :, index], (3, 4, 9), (1.0, 1.0, 1.0), {}, (7,))
    if painted:
        stack = replace(stack, painted={1: np.zeros((4, 9), np.uint16)})
    problem = Problem(stack, PredictSettings(min_component_fraction=fraction))
    where = SmallComponents().remove(label_map, problem)
    assert (0 if where is None else np.count_nonzero(where)) == removed
