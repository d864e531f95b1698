"""Few-shot embeddings: prototypes of what was painted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewshot_sam.methods.sam_decoder.prompts import label_prototypes


def two_colours() -> tuple[torch.Tensor, torch.Tensor]:
    """An 8 x 8 embedding of two vectors, left and right, and the masks that go with them at 32 x 32."""
    embedding = torch.zeros(3, 8, 8)
    embedding[0, :, :4], embedding[1, :, 4:] = 1.0, 2.0
    target = torch.zeros(2, 32, 32)
    target[0, :, :16] = target[1, :, 16:] = 1.0
    return embedding, target


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_prototypes_stand_for_what_is_under_the_mask(dtype: torch.dtype) -> None:
    embedding, target = two_colours()
    prototypes = label_prototypes([embedding.to(dtype)], [target.to(dtype)], 4, seed=0)
    assert prototypes.shape == (2, 4, 3)
    assert prototypes.dtype == torch.float32
    torch.testing.assert_close(prototypes[0], torch.tensor([1.0, 0, 0]).expand(4, 3))
    torch.testing.assert_close(prototypes[1], torch.tensor([0, 2.0, 0]).expand(4, 3))


def test_a_label_of_two_looks_gets_prototypes_of_both() -> None:
    embedding, _ = two_colours()
    target = torch.zeros(2, 32, 32)
    target[1] = 1.0
    prototypes = label_prototypes([embedding], [target], 2, seed=0)[1]
    assert sorted(prototypes[:, 0].tolist()) == pytest.approx([0.0, 1.0], abs=1e-5)
    assert sorted(prototypes[:, 1].tolist()) == pytest.approx([0.0, 2.0], abs=1e-5)


def test_a_label_smaller_than_a_cell_is_not_lost() -> None:
    embedding, target = two_colours()
    target = torch.cat([target, torch.zeros(1, 32, 32)])
    target[2, 5, 21] = 1.0
    prototypes = label_prototypes([embedding], [target], 3, seed=0)
    assert torch.isfinite(prototypes).all()
    torch.testing.assert_close(prototypes[2], torch.tensor([0, 2.0, 0]).expand(3, 3))


def test_slices_of_different_sizes_and_a_label_on_one_of_them() -> None:
    embedding, target = two_colours()
    other, empty = torch.full((3, 4, 6), 5.0), torch.zeros(2, 16, 24)
    empty[0] = 1.0
    prototypes = label_prototypes([embedding, other], [target, empty], 2, seed=0)
    torch.testing.assert_close(prototypes[1], torch.tensor([0, 2.0, 0]).expand(2, 3))
    assert {round(value, 3) for value in prototypes[0, :, 2].tolist()} == {0.0, 5.0}


def test_the_same_seed_gives_the_same_prototypes() -> None:
    random = np.random.default_rng(0)
    embedding = torch.from_numpy(random.normal(size=(8, 16, 16)).astype(np.float32))
    target = torch.zeros(2, 64, 64)
    target[0] = 1.0
    runs = [label_prototypes([embedding], [target], 6, seed, max_pixels=50) for seed in (3, 3, 4)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
