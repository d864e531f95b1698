"""Blocks of pixels, and back."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.embeddings.resize import enlarge, label_shares, reduce


def test_reduce_takes_means_of_blocks_and_repeats_the_edge() -> None:
    image = np.arange(20, dtype=np.float32).reshape(4, 5)
    reduced = reduce(image, 2)
    assert (reduced.shape, reduced.dtype) == ((2, 3), np.float32)
    assert reduced[0, 0] == image[:2, :2].mean()
    assert reduced[1, 2] == image[2:, 4].mean()  # the fifth column stands for a sixth
    assert reduce(image, 9).tolist() == [[pytest.approx(np.pad(image, ((0, 5), (0, 4)), "edge").mean())]]


def test_reduce_by_one_is_the_image_itself() -> None:
    image = np.random.default_rng(0).random((4, 5))
    assert reduce(image, 1) is image


@pytest.mark.parametrize("step", [1, 2, 3, 50])
def test_label_shares_sum_to_one(step: int) -> None:
    image = np.random.default_rng(0).choice([0, 2, 300], (13, 17)).astype(np.uint16)
    shares = label_shares(image, (2, 300), step)
    assert (shares.shape, shares.dtype) == ((3, -(-13 // step), -(-17 // step)), np.float32)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(0), 1.0, atol=1e-6)
    np.testing.assert_allclose(shares[2], reduce((image == 300).astype(np.float32), step))


def test_label_shares_at_full_resolution_are_the_labels() -> None:
    image = np.random.default_rng(0).choice([0, 2, 300], (13, 17)).astype(np.uint16)
    np.testing.assert_array_equal(np.array([0, 2, 300])[label_shares(image, (2, 300), 1).argmax(0)], image)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_enlarging_restores_the_size_and_a_flat_map(step: int) -> None:
    maps = np.full((2, 3, -(-13 // step), -(-17 // step)), 0.25, np.float16)
    enlarged = enlarge(maps, step, (13, 17))
    assert (enlarged.shape, enlarged.dtype) == ((2, 3, 13, 17), np.float16)
    assert (enlarged == np.float16(0.25)).all()
