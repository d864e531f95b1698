"""Samples of voxels: all of few, the same ones of many."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.sampling import sample_of

VOXELS = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)


def test_few_voxels_are_all_taken() -> None:
    assert sorted(sample_of(VOXELS, 1000)) == list(range(1000))


def test_of_many_voxels_the_same_ones_are_taken_from_everywhere() -> None:
    found = sample_of(VOXELS, 200)
    assert found.shape == (200,) and found.dtype == np.int16
    np.testing.assert_array_equal(sample_of(VOXELS, 200), found)
    assert set(found // 100) == set(range(10))
