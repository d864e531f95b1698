"""Training patches of the U-Net: where they are taken, and what augmentations may change."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers import augment3d
from benchmarks.peers.augment3d import Augmentations, Patch, PatchSampler

CPU = torch.device("cpu")
NOTHING = Augmentations(rotate=0, rescale=0, noise=0, blur=0, brighten=0, stretch=0, coarsen=0, bend=0)
EVERYTHING = Augmentations(rotate=1, rescale=1, noise=1, blur=1, brighten=1, stretch=1, coarsen=1, bend=1)
MOVED = Augmentations(rotate=1, rescale=1, noise=0, blur=0, brighten=0, stretch=0, coarsen=0, bend=0)


@pytest.fixture
def volume() -> Patch:
    """A noisy bright box; the classes are the box."""
    classes = torch.zeros(1, 20, 14, 18, dtype=torch.long)
    classes[:, 5:15, 4:11, 3:15] = 1
    noise = torch.randn(classes.shape, generator=torch.Generator().manual_seed(0)) * 0.05
    return classes + noise, classes


def test_without_augmentations_a_patch_of_the_volumes_size_is_the_volume(volume: Patch) -> None:
    image, classes = PatchSampler((20, 14, 18), CPU, 0, NOTHING).patch(*volume)
    torch.testing.assert_close(image, volume[0], atol=1e-4, rtol=0)
    assert torch.equal(classes, volume[1])


def test_a_smaller_patch_is_cut_from_the_inside_and_a_larger_one_has_background_around(volume: Patch) -> None:
    image, _ = PatchSampler((8, 8, 8), CPU, 0, NOTHING).patch(*volume)
    assert volume[0].min() - 1e-4 <= image.min() and image.max() <= volume[0].max() + 1e-4
    _, classes = PatchSampler((24, 20, 22), CPU, 0, NOTHING).patch(*volume)
    assert classes.sum() == volume[1].sum()
    assert not classes[:, 0].any() and not classes[:, :, -1].any()


def test_labels_follow_the_image_when_it_is_turned_and_scaled(volume: Patch) -> None:
    classes = volume[1]
    sampler = PatchSampler((20, 14, 18), CPU, 3, MOVED)
    for _ in range(5):
        shown, wanted = sampler.patch(classes.float(), classes)
        assert ((shown > 0.5) == (wanted == 1)).float().mean() > 0.97


def test_a_batch_is_what_the_network_takes_and_repeats_itself(volume: Patch) -> None:
    first, again = (PatchSampler((16, 16, 8), CPU, 7, EVERYTHING).batch([volume], 3) for _ in range(2))
    assert (first[0].shape, first[0].dtype) == ((3, 1, 16, 16, 8), torch.float32)
    assert (first[1].shape, first[1].dtype) == ((3, 1, 16, 16, 8), torch.int64)
    assert torch.isfinite(first[0]).all() and set(first[1].unique().tolist()) <= {0, 1}
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))


def test_blur_keeps_the_mean_and_gamma_mean_and_deviation(volume: Patch) -> None:
    image = volume[0]
    blurred = augment3d._blur(image, 1.0)
    assert blurred.shape == image.shape and blurred.std() < image.std()
    torch.testing.assert_close(augment3d._blur(torch.ones(1, 4, 5, 6), 0.7), torch.ones(1, 4, 5, 6))
    for inverted in (False, True):
        bent = augment3d._bend(image, 1.4, inverted)
        torch.testing.assert_close((bent.mean(), bent.std()), (image.mean(), image.std()), atol=1e-4, rtol=0)
        assert torch.corrcoef(torch.stack([bent.flatten(), image.flatten()]))[0, 1] > 0.9
