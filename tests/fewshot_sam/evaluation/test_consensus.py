"""Merging what several people made of one scan, and where they differ; properties on random label maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewshot_sam.evaluation.agreement import differing_slices, disputed
from fewshot_sam.evaluation.consensus import Consensus, majority, staple
from fewshot_sam.evaluation.metrics import agreements

Merge = Callable[[Sequence[np.ndarray]], Consensus]
SHAPE = (4, 5, 3)
label_maps = arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
BOTH = pytest.mark.parametrize("merge", [majority, staple])


def sphere(radius: float, shift: int = 0) -> np.ndarray:
    """A ball of label 2 in (20, 20, 20)."""
    x, y, z = np.indices((20, 20, 20)) - 9.5
    return np.where((x - shift) ** 2 + y**2 + z**2 < radius**2, 2, 0).astype(np.uint8)


@BOTH
@settings(max_examples=25, deadline=None)
@given(first=label_maps, readers=st.integers(1, 4))
def test_equal_readings_merge_into_themselves(merge: Merge, first: np.ndarray, readers: int) -> None:
    merged = merge([first.copy() for _ in range(readers)])
    np.testing.assert_array_equal(merged.label_map, first)
    assert merged.disputed_voxels == 0
    for qualities in merged.readers.values():
        assert all(each.sensitivity == 1.0 for each in qualities)


@BOTH
@settings(max_examples=25, deadline=None)
@given(readings=st.lists(label_maps, min_size=2, max_size=4))
def test_what_all_agree_on_stays_and_nothing_given_is_changed(
    merge: Merge, readings: list[np.ndarray]
) -> None:
    before = [each.copy() for each in readings]
    merged = merge(readings)
    for each, original in zip(readings, before, strict=True):
        np.testing.assert_array_equal(each, original)
    agreed = ~disputed(readings)
    np.testing.assert_array_equal(merged.label_map[agreed], readings[0][agreed])
    assert merged.disputed_voxels == int((~agreed).sum())
    said = np.stack([np.zeros(SHAPE, np.uint8), *readings])
    assert (said == merged.label_map).any(axis=0).all()  # nobody's label comes out of nothing


@settings(max_examples=25, deadline=None)
@given(readings=st.lists(label_maps, min_size=2, max_size=4), data=st.data())
def test_a_majority_does_not_depend_on_the_order(readings: list[np.ndarray], data: st.DataObject) -> None:
    other = data.draw(st.permutations(readings))
    np.testing.assert_array_equal(majority(readings).label_map, majority(other).label_map)


def test_a_tie_gives_no_label() -> None:
    first, second, third = (np.full((1, 1, 1), value, np.uint8) for value in (1, 2, 1))
    assert majority([first, second]).label_map.item() == 0
    assert majority([first, second, third]).label_map.item() == 1


def test_staple_trusts_the_two_who_agree_and_says_how_good_each_is() -> None:
    good, also, poor = sphere(7), sphere(6.8), sphere(4, shift=4)
    merged = staple([good, also, poor])
    overlap = agreements(merged.label_map, good, (1.0, 1.0, 1.0), [2])[2]
    assert overlap is not None and overlap.dice > 0.95
    first, second, third = (each.sensitivity or 0.0 for each in merged.readers[2])
    assert first > 0.95 and second > 0.85 and third < 0.5
    assert all(0 <= (each.specificity or 0.0) <= 1 for each in merged.readers[2])


def test_a_label_of_one_reader_alone_is_no_majority() -> None:
    alone, empty = sphere(5), np.zeros((20, 20, 20), np.uint8)
    assert not majority([alone, empty]).label_map.any()
    qualities = staple([alone, empty]).readers[2]
    assert len(qualities) == 2


def test_a_label_that_nobody_gave_is_in_no_figure() -> None:
    empty = np.zeros(SHAPE, np.uint8)
    assert staple([empty, empty]).readers == {}
    assert agreements(empty, empty, (1.0, 1.0, 1.0), [1]) == {1: None}


@settings(max_examples=25, deadline=None)
@given(first=label_maps, second=label_maps)
def test_agreement_is_symmetric_and_one_with_itself(first: np.ndarray, second: np.ndarray) -> None:
    spacing = (1.0, 2.0, 0.5)
    there, back = (agreements(*pair, spacing, range(1, 4)) for pair in ((first, second), (second, first)))
    for code in range(1, 4):
        one, other = there[code], back[code]
        assert (one is None) == (other is None)
        if one and other:
            assert (one.dice, one.iou, one.hd95_mm) == (other.dice, other.iou, other.hd95_mm)
    for same in filter(None, agreements(first, first, spacing, range(1, 4)).values()):
        assert (same.dice, same.iou, same.hd95_mm) == (1.0, 1.0, 0.0)


@settings(max_examples=25, deadline=None)
@given(first=label_maps, second=label_maps, axis=st.integers(0, 2))
def test_differing_slices_count_every_voxel_once(first: np.ndarray, second: np.ndarray, axis: int) -> None:
    found = differing_slices(first, second, axis)
    assert sum(each.voxels for each in found) == int((first != second).sum())
    assert [each.voxels for each in found] == sorted((each.voxels for each in found), reverse=True)
    assert found == differing_slices(second, first, axis)
    assert differing_slices(first, first, axis) == []


def test_label_maps_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="label maps must have one shape, got"):
        majority([np.zeros((1, 1, 1), np.uint8), np.zeros((1, 1, 2), np.uint8)])
    with pytest.raises(ValueError, match="got none"):
        staple([])
