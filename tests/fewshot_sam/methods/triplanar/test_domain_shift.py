"""Scans a head was not fitted on: how they are read, and which pieces of a label are islands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewshot_sam.data.planes import Plane
from fewshot_sam.methods.triplanar.domain_shift import FITTED, Reading, depth_mm, find_islands, reading_of
from tests.fewshot_sam.toy_encoder import truth, volume_of

VOLUME = volume_of(truth((12, 10, 8)), (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("plane", "length_mm"), [(Plane.SAGITTAL, 12), (Plane.CORONAL, 20), (Plane.AXIAL, 24)]
)
def test_depth_is_the_length_across_the_slices(plane: Plane, length_mm: float) -> None:
    assert depth_mm(VOLUME, plane) == length_mm


def test_a_fitted_volume_is_read_as_it_was_fitted() -> None:
    assert reading_of(VOLUME, Plane.AXIAL, {"other": 500.0, VOLUME.content_hash: 24.0}) == FITTED


@pytest.mark.parametrize(
    ("fitted", "reading"),
    [
        ({"a": 24.0}, Reading(every_member=True, sides=True, recentre=True)),
        ({"a": 48.0}, Reading(every_member=True, sides=True, recentre=True)),
        ({"a": 49.0}, Reading(every_member=True, sides=False, recentre=True)),
        ({"a": 90.0, "b": 30.0}, Reading(every_member=True, sides=True, recentre=False)),
        ({"a": 90.0, "b": 60.0}, Reading(every_member=True, sides=False, recentre=False)),
    ],
)
def test_another_volume_is_read_by_all_and_a_thin_slab_without_its_sides(
    fitted: dict[str, float], reading: Reading
) -> None:
    assert reading_of(VOLUME, Plane.AXIAL, fitted) == reading


def test_islands_are_small_pieces_of_their_own_label() -> None:
    label_map = np.zeros((20, 10, 5), np.uint16)
    label_map[:5, :4, :5] = 700  # 100 voxels, and a second piece of a quarter, touching a corner alone
    label_map[5:10, 4:9, 0] = 700
    label_map[15, 0, :] = 700  # 5 voxels
    label_map[15, 1, :] = 3  # as small, but all there is of that label
    islands = find_islands(label_map, 0.2)
    assert np.argwhere(islands).tolist() == [[15, 0, z] for z in range(5)]
    assert not find_islands(label_map, 0.05).any()
    assert np.count_nonzero(find_islands(label_map, 0.3)) == 30


@given(arrays(np.uint16, (6, 5, 4), elements=st.integers(0, 2)), st.floats(0, 1))
def test_every_label_keeps_its_largest_piece(label_map: np.ndarray, least_share: float) -> None:
    before = label_map.copy()
    islands = find_islands(label_map, least_share)
    np.testing.assert_array_equal(label_map, before)
    assert not (islands & (label_map == 0)).any()
    assert set(np.unique(label_map[~islands])) | {0} == set(np.unique(label_map)) | {0}
