"""The paper's method: SAM's mask decoder with few-shot prompts, on the annotation plane alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch

from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder, SamCheckpoint
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.base import FitTask, MethodContext, MethodState, ScoreTask, settings_of
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.inference import SamDecoderScores, slice_logits
from fewshot_sam.methods.sam_decoder.linear_probe import PixelProbe, fit_probe
from fewshot_sam.methods.sam_decoder.prompts import label_prototypes
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.methods.sam_decoder.training import TrainingSlice, fine_tune, training_slices
from fewshot_sam.progress import Progress, Stage


class SamDecoderMethod:
    """A fine-tuned decoder; see :class:`fewshot_sam.methods.base.Method`. It does not cross-validate."""

    solves_without_paint: ClassVar[bool] = False

    def __init__(self, decoder: FewShotDecoder) -> None:
        self.decoder = decoder
        self.cross_validated_dice: Mapping[int, float | None] = {}

    @classmethod
    def fit(
        cls, task: FitTask, context: MethodContext, earlier: SamDecoderMethod | None
    ) -> tuple[SamDecoderMethod, list[float]]:
        """Fine-tune a decoder on painted slices; ``earlier`` is continued if it has as many prototypes."""
        settings, encoder = settings_of(task, SamDecoderSettings), context.encoder
        _require_sam(encoder)  # before its slices are encoded
        generator = torch.Generator().manual_seed(task.seed)
        slices = training_slices(
            task.cases, task.codes, encoder, context.cache, task.window, context.progress
        )
        if earlier is not None and earlier.decoder.prototypes.shape[1] == settings.prototypes:
            decoder, steps = empty_decoder(earlier.decoder.prototypes, encoder), settings.warm_steps
            decoder.load_state_dict(earlier.decoder.state_dict())
        else:
            decoder = _new_decoder(slices, encoder, settings, task.seed, generator, context.progress)
            steps = settings.steps
        decoder.to(context.device)
        losses = fine_tune(decoder, slices, settings, steps, generator, context.progress)
        return cls(decoder), losses

    def score_slices(self, task: ScoreTask, context: MethodContext) -> SamDecoderScores:
        """Encode what is missing of the annotation plane and decode it."""
        embeddings = encode_volume(
            task.volume,
            task.plane,
            context.encoder,
            context.cache,
            window=task.window,
            progress=context.progress,
        )
        logits = slice_logits(self.decoder, embeddings, task.batch_size, context.progress)
        return SamDecoderScores(logits, Framing.of(task.volume, task.plane, context.encoder))

    def state(self) -> MethodState:
        """The whole decoder."""
        return MethodState(self.decoder.state_dict())

    @classmethod
    def from_state(
        cls, state: MethodState, codes: tuple[int, ...], encoder: Encoder, device: torch.device
    ) -> SamDecoderMethod:
        """Inverse of :meth:`state`; the encoder must be a SAM.

        What is allocated grows with the prototypes' classes and channels, which are in the file.
        """
        prototypes = state.tensors["prototypes"]
        if prototypes.shape[0] != 1 + len(codes):
            raise ValueError("there must be a class for each label and one for the background")
        decoder = empty_decoder(prototypes, encoder)
        decoder.load_state_dict(state.tensors)
        return cls(decoder.to(device).eval())


def empty_decoder(prototypes: torch.Tensor, encoder: Encoder) -> FewShotDecoder:
    """A decoder of the size of (classes, prototypes, C) float32 prototypes, to load a state into."""
    classes, _, channels = prototypes.shape
    probe = PixelProbe(classes, channels, encoder.grid_size)
    weights, empty = _require_sam(encoder).decoder_weights(), torch.zeros(prototypes.shape)
    return FewShotDecoder(weights, empty, probe, encoder.grid_size, torch.Generator())


def _new_decoder(
    slices: list[TrainingSlice],
    encoder: Encoder,
    settings: SamDecoderSettings,
    seed: int,
    generator: torch.Generator,
    progress: Progress,
) -> FewShotDecoder:
    """A decoder that starts from SAM's weights, the slices' prototypes and a probe fitted on them."""
    embeddings = [item.embedding for item in slices]
    targets = [item.target for item in slices]
    weights = _require_sam(encoder).decoder_weights()
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
    return FewShotDecoder(weights, prototypes, probe, encoder.grid_size, generator)


def _require_sam(encoder: Encoder) -> SamCheckpoint:
    """The encoder, if its checkpoint has SAM's mask decoder. Raises ModelError."""
    if not isinstance(encoder, SamCheckpoint):
        raise ModelError(
            f"The method sam_decoder needs an encoder with SAM's mask decoder, and {encoder.name} has none; "
            "choose another encoder or method."
        )
    return encoder
