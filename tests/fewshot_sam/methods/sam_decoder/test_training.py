"""Fine-tuning: the loss by hand, and that training lowers it, repeatably."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from fewshot_sam.errors import OperationCancelled
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.linear_probe import PixelProbe, fit_probe
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.methods.sam_decoder.training import TrainingSlice, fine_tune, segmentation_loss
from fewshot_sam.progress import no_progress
from tests.fewshot_sam.toy_encoder import CHANNELS, random_decoder_weights

SETTINGS = SamDecoderSettings(stop_loss=0.0)


def painted_slice(size: int = 8, seed: int = 0) -> TrainingSlice:
    """Left half background, right half label 1; the embedding tells which, among noise."""
    embedding = torch.randn(CHANNELS, size, 8, generator=torch.Generator().manual_seed(seed)) * 0.3
    embedding[0, :, 4:] += 2.0
    target = torch.zeros(2, 4 * size, 32)
    target[0, :, :16] = target[1, :, 16:] = 1.0
    return TrainingSlice(embedding.half(), target.half())


def make() -> FewShotDecoder:
    generator = torch.Generator().manual_seed(0)
    prototypes = torch.randn(2, 2, CHANNELS, generator=generator)
    return FewShotDecoder(random_decoder_weights(), prototypes, PixelProbe(2, CHANNELS, 8), 8, generator)


def train(
    slices: list[TrainingSlice], steps: int = 12, settings: SamDecoderSettings = SETTINGS, seed: int = 0
) -> tuple[FewShotDecoder, list[float]]:
    decoder, generator = make(), torch.Generator().manual_seed(seed)
    return decoder, fine_tune(decoder, slices, settings, steps, generator, no_progress)


def one_hot(labels: torch.Tensor, classes: int) -> torch.Tensor:
    return torch.nn.functional.one_hot(labels, classes).movedim(-1, 1).float()


def test_the_loss_of_right_and_wrong_answers() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[:, :, 4:] = 1
    target = one_hot(labels, 2)
    right, wrong, unsure = (segmentation_loss(scale * (target - 0.5), target) for scale in (40.0, -40.0, 0.0))
    assert right == pytest.approx(0.0, abs=1e-3)
    assert right < unsure < wrong


def test_labels_on_no_slice_of_the_batch_do_not_count() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[:, :, 4:] = 1
    loss = segmentation_loss(40 * (one_hot(labels, 4) - 0.5), one_hot(labels, 4))
    assert loss == pytest.approx(0.0, abs=1e-2)


def test_training_lowers_the_loss() -> None:
    eager = SamDecoderSettings(stop_loss=0.0, learning_rate=0.02, token_learning_rate=0.02)
    decoder, losses = train([painted_slice(seed=seed) for seed in range(3)], steps=30, settings=eager)
    assert len(losses) == 30
    assert sum(losses[-3:]) < 0.7 * sum(losses[:3])
    assert not decoder.training


def test_the_same_seed_gives_the_same_decoder() -> None:
    slices = [painted_slice(seed=seed) for seed in range(6)]
    runs = [train(slices, steps=4, seed=seed) for seed in (0, 0, 1)]
    assert runs[0][1] == runs[1][1]
    assert runs[0][1] != runs[2][1]
    for name, tensor in runs[0][0].state_dict().items():
        assert torch.equal(tensor, runs[1][0].state_dict()[name])


def test_slices_of_several_sizes() -> None:
    _, losses = train([painted_slice(8), painted_slice(5), painted_slice(3)], steps=6)
    assert all(torch.isfinite(torch.tensor(losses)))


def test_it_ends_early_once_good_enough() -> None:
    _, losses = train([painted_slice()], steps=20, settings=SamDecoderSettings(stop_loss=1e9))
    assert len(losses) < 20


def test_one_step_is_enough() -> None:
    assert len(train([painted_slice()], steps=1)[1]) == 1


def test_it_stops_when_told_to() -> None:
    steps: list[int] = []

    def progress(stage: str, fraction: float, **details: Any) -> None:
        steps.append(details["step"])
        if len(steps) == 3:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        fine_tune(make(), [painted_slice()], SETTINGS, 10, torch.Generator(), progress)
    assert steps == [1, 2, 3]


def test_the_probe_alone_finds_what_the_embedding_tells() -> None:
    slices = [painted_slice(seed=seed) for seed in range(2)]
    probe = fit_probe(
        [item.embedding for item in slices], [item.target for item in slices], 8, 1e-3, 30, torch.Generator()
    )
    with torch.inference_mode():
        guess = probe(painted_slice(seed=9).embedding[None])[0].argmax(0)
    assert guess[:, :4].sum() <= 1
    assert guess[:, 4:].sum() >= 31
