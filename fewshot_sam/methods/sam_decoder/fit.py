"""Fitting SAM's mask decoder with few-shot prompts: the paper's method, on the annotation plane alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fewshot_sam.data.painted_case import PaintedCase, training_slices
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.base import DecoderWeights, Encoder, SamCheckpoint
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.linear_probe import PixelProbe, fit_probe
from fewshot_sam.methods.sam_decoder.prompts import label_prototypes
from fewshot_sam.methods.sam_decoder.training import TrainingSlice, fine_tune
from fewshot_sam.progress import Progress, Stage
from fewshot_sam.settings import FitSettings


def fit_decoder(
    cases: Sequence[PaintedCase],
    codes: tuple[int, ...],
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    settings: FitSettings,
    earlier: FewShotDecoder | None,
    seed: int,
    device: torch.device,
    progress: Progress,
) -> tuple[FewShotDecoder, list[float]]:
    """A decoder fine-tuned on painted slices, and the loss of each step; ``earlier`` is continued.

    Raises:
        OperationCancelled: from ``progress``.
    """
    generator = torch.Generator().manual_seed(seed)
    slices = training_slices(list(cases), codes, encoder, cache, window, progress)
    if earlier is not None:
        decoder, steps = empty_decoder(earlier.prototypes, encoder), settings.warm_steps
        decoder.load_state_dict(earlier.state_dict())
    else:
        decoder, steps = _new_decoder(slices, encoder, settings, seed, generator, progress), settings.steps
    decoder.to(device)
    return decoder, fine_tune(decoder, slices, settings, steps, generator, progress)


def empty_decoder(prototypes: torch.Tensor, encoder: Encoder) -> FewShotDecoder:
    """A decoder of the size of (classes, prototypes, C) to load a state into."""
    classes, _, channels = prototypes.shape
    probe = PixelProbe(classes, channels, encoder.grid_size)
    weights, empty = _sam_weights(encoder), torch.zeros(prototypes.shape)
    return FewShotDecoder(weights, empty, probe, encoder.grid_size, torch.Generator())


def _new_decoder(
    slices: list[TrainingSlice],
    encoder: Encoder,
    settings: FitSettings,
    seed: int,
    generator: torch.Generator,
    progress: Progress,
) -> FewShotDecoder:
    """A decoder that starts from SAM's weights, the slices' prototypes and a probe fitted on them."""
    embeddings = [item.embedding for item in slices]
    targets = [item.target for item in slices]
    prototypes = label_prototypes(embeddings, targets, settings.prototypes, seed)
    probe = fit_probe(
        embeddings,
        targets,
        encoder.grid_size,
        settings.probe_decay,
        settings.probe_iterations,
        generator,
        tick=lambda: progress(Stage.FIT, 0.0),
    )
    return FewShotDecoder(_sam_weights(encoder), prototypes, probe, encoder.grid_size, generator)


def _sam_weights(encoder: Encoder) -> DecoderWeights:
    if not isinstance(encoder, SamCheckpoint):
        raise ModelError(
            f"SAM's mask decoder must come with the encoder, but {encoder.name} has none; choose another."
        )
    return encoder.decoder_weights()
