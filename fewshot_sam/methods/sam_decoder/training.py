"""The painted slices as the decoder learns from them, and its training on their embeddings alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.embeddings.resize import Framing, one_hot_at
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.numerics import autocast
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.progress import Progress, Stage

_GRADIENT_NORM = 1.0
_WARM_UP = 0.15
_LOSS_MEMORY = 0.9


@dataclass(frozen=True)
class TrainingSlice:
    """One painted slice.

    Attributes:
        embedding: (C, h, w) float16.
        target: (classes, 4h, 4w) float16, share of each class, background first.
    """

    embedding: torch.Tensor
    target: torch.Tensor


def training_slices(
    cases: Sequence[PaintedCase],
    codes: tuple[int, ...],
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    progress: Progress,
) -> list[TrainingSlice]:
    """The painted slices' embeddings, from the cache or encoded now, and their targets."""
    result = []
    for case in cases:
        embeddings = encode_volume(
            case.volume,
            case.plane,
            encoder,
            cache,
            window=window,
            slices=case.display,
            progress=progress,
        )
        size = Framing.of(case.volume, case.plane, encoder).mask_size
        for index, image in sorted(case.display.items()):
            embedding = torch.from_numpy(np.array(embeddings.read(index)))
            result.append(TrainingSlice(embedding, one_hot_at(image, codes, size).half()))
    return result


def segmentation_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Dice over the labels present plus cross-entropy in which every present class weighs the same.

    Args:
        logits: (B, classes, H, W) float32.
        target: same shape and type, shares in 0..1.

    Returns:
        A float32 scalar.
    """
    log_probabilities = F.log_softmax(logits, dim=1)
    probabilities = log_probabilities.exp()
    pixels = (0, 2, 3)
    area = target.sum(pixels)
    present = area > 0
    overlap = (probabilities * target).sum(pixels)
    dice = 1.0 - (2.0 * overlap + 1.0) / (probabilities.sum(pixels) + area + 1.0)
    entropy = -(log_probabilities * target).sum(pixels) / area.clamp(min=1.0)
    return dice[1:][present[1:]].mean() + entropy[present].mean()


def fine_tune(
    decoder: FewShotDecoder,
    slices: list[TrainingSlice],
    settings: SamDecoderSettings,
    steps: int,
    generator: torch.Generator,
    progress: Progress,
) -> list[float]:
    """Train the decoder in place, its probe left out; ``progress`` gets ``loss`` and ``step``.

    Returns:
        The loss of each step.

    Raises:
        OperationCancelled: from ``progress``, called at every step.
    """
    optimiser = _optimiser(decoder, settings)
    peaks = [group["lr"] for group in optimiser.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, peaks, steps, pct_start=_WARM_UP)
    groups = _same_size(slices)
    losses: list[float] = []
    running = None
    device = decoder.mask_tokens.device
    decoder.train()
    for step in range(steps):
        embeddings, target = (
            part.float().to(device) for part in _draw(groups, settings.batch_size, generator)
        )
        with autocast(device):
            logits = decoder(embeddings)
        loss = segmentation_loss(logits.float(), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), _GRADIENT_NORM)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        running = losses[-1] if running is None else _LOSS_MEMORY * running + (1 - _LOSS_MEMORY) * losses[-1]
        progress(Stage.FIT, (step + 1) / steps, loss=losses[-1], step=step + 1)
        if running < settings.stop_loss:
            break
    decoder.eval()
    return losses


def _optimiser(decoder: FewShotDecoder, settings: SamDecoderSettings) -> torch.optim.Optimizer:
    tokens = [decoder.prototypes, decoder.tags, decoder.mask_tokens, decoder.bias]
    own = {id(parameter) for parameter in tokens}
    rest = [p for p in decoder.parameters() if p.requires_grad and id(p) not in own]
    return torch.optim.AdamW(
        [
            {"params": rest, "lr": settings.learning_rate},
            {"params": tokens, "lr": settings.token_learning_rate, "weight_decay": 0.0},
        ],
        weight_decay=0.01,
    )


def _same_size(slices: list[TrainingSlice]) -> list[list[TrainingSlice]]:
    """The slices in groups that can be stacked."""
    groups: dict[torch.Size, list[TrainingSlice]] = {}
    for item in slices:
        groups.setdefault(item.embedding.shape, []).append(item)
    return list(groups.values())


def _draw(
    groups: list[list[TrainingSlice]], batch_size: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch from one group; groups are drawn by their size."""
    sizes = torch.tensor([len(group) for group in groups], dtype=torch.float32)
    group = groups[int(torch.multinomial(sizes, 1, generator=generator))] if len(groups) > 1 else groups[0]
    chosen = torch.randperm(len(group), generator=generator)[:batch_size].tolist()
    batch = [group[index] for index in chosen]
    return torch.stack([item.embedding for item in batch]), torch.stack([item.target for item in batch])
