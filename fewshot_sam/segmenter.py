"""The method's front door: fit on painted slices, predict whole volumes.

One segmenter serves one thread at a time. Nothing is kept between calls but the fitted model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fewshot_sam.annotations import SparseAnnotations
from fewshot_sam.cache import EmbeddingCache
from fewshot_sam.cases import PaintedCase, painted_case, training_slices
from fewshot_sam.consistency import SliceStack, solve_volume
from fewshot_sam.decoder import FewShotDecoder
from fewshot_sam.encode import encode_volume, windowed_slice
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.errors import AnnotationError, ModelError
from fewshot_sam.framing import Framing
from fewshot_sam.geometry import Plane, from_display, take_slice, to_display
from fewshot_sam.home import cache_folder
from fewshot_sam.metrics import volume_ml
from fewshot_sam.model_file import ModelFile
from fewshot_sam.probe import PixelProbe, fit_probe
from fewshot_sam.progress import Progress, no_progress
from fewshot_sam.prompts import label_prototypes
from fewshot_sam.propagation import log_probabilities, slice_logits
from fewshot_sam.settings import Settings
from fewshot_sam.training import TrainingSlice, fine_tune
from fewshot_sam.volume import Volume
from fewshot_sam.windowing import Window, default_window


@dataclass(frozen=True, eq=False)
class Prediction:
    """A segmented volume.

    Attributes:
        label_map: canonical (X, Y, Z) uint16, 0 is background.
        probabilities: code to canonical (X, Y, Z) float16 in 0..1; None unless asked for.
        report: JSON-able: seconds by stage, volume in mL by code, settings; where something was painted
            also "quality": code to "expected_dice" (0..1, None where it cannot be told) and "warning" (a
            sentence, or None).
        confidence: canonical (X, Y, Z) uint8: calibrated probability, times 255, that ``label_map`` is
            right there; 255 on painted slices. None where it was not asked for.
    """

    label_map: np.ndarray
    probabilities: dict[int, np.ndarray] | None = None
    report: dict[str, Any] = field(default_factory=dict)
    confidence: np.ndarray | None = None


@dataclass(eq=False)
class _Model:
    """A fitted decoder and what it was fitted for."""

    decoder: FewShotDecoder
    codes: tuple[int, ...]
    plane: Plane
    window: Window | None
    encoder_name: str
    encoder_identity: str


class FewShotSegmenter:
    """Few-shot SAM: the encoder stays frozen, the mask decoder learns labels from a few painted slices.

    Args:
        encoder: a name or path for :func:`fewshot_sam.encoders.load_encoder`, or an encoder.
        device: "auto", "cpu", "cuda" or "cuda:N", for the decoder and for an encoder named here.
        seed: of everything random; same inputs, seed and machine give the same bytes on the CPU.
        settings: defaults were measured (benchmarks/RESULTS.md).
        cache: where slice embeddings are kept; default inside the data folder.

    Raises:
        ModelError: if the encoder is unknown or cannot be loaded.
        DeviceError: if the device is not on this machine.
    """

    def __init__(
        self,
        encoder: str | Path | Encoder = "lite-medsam",
        device: str = "auto",
        seed: int = 0,
        settings: Settings | None = None,
        cache: EmbeddingCache | None = None,
    ) -> None:
        self.encoder = encoder if isinstance(encoder, Encoder) else load_encoder(encoder, device)
        self.seed = seed
        self.settings = settings or Settings()
        self.fit_report: dict[str, Any] = {}
        self._device = resolve_device(device)
        self._cache = cache or EmbeddingCache(cache_folder())
        self._model: _Model | None = None

    @property
    def codes(self) -> tuple[int, ...]:
        """Label codes of the fitted model, ascending."""
        return self._fitted().codes

    @property
    def plane(self) -> Plane:
        """The plane whose slices the fitted model segments."""
        return self._fitted().plane

    def fit(
        self,
        cases: Sequence[tuple[Volume, SparseAnnotations | np.ndarray]],
        plane: Plane | None = None,
        window: Window | None = None,
        warm_start: FewShotSegmenter | None = None,
        progress: Progress = no_progress,
    ) -> FewShotSegmenter:
        """Fine-tune the decoder on the painted slices of one or more volumes.

        Args:
            cases: volumes and what is painted on them: :class:`SparseAnnotations`, or an integer label
                map on the volume's source grid. The same code means the same label in all.
            plane: default: the annotations', else the first volume's ``default_plane``.
            window: intensities shown to the encoder; default: each volume's own.
            warm_start: an earlier fit of the same labels, continued with fewer steps.
            progress: stages "Encoding slices", "Fine-tuning" (with ``loss`` and ``step``).

        Raises:
            AnnotationError: if nothing is painted, or the annotations do not fit the volumes.
            OperationCancelled: from ``progress``.
        """
        started = time.monotonic()
        painted = [painted_case(volume, annotations, plane) for volume, annotations in cases]
        codes = _common_codes(painted)
        slices = training_slices(painted, codes, self.encoder, self._cache, window, progress)
        encoded = time.monotonic()
        generator = torch.Generator().manual_seed(self.seed)
        settings = self.settings.fit
        earlier = warm_start._model if warm_start is not None else None
        if earlier is not None and earlier.codes == codes and self._fits(earlier):
            decoder, steps = self._copy(earlier.decoder), settings.warm_steps
        else:
            decoder, steps = self._new_decoder(slices, generator, progress), settings.steps
        losses = fine_tune(decoder, slices, settings, steps, generator, progress)
        self._model = _Model(
            decoder, codes, painted[0].plane, window, self.encoder.name, self.encoder.identity
        )
        self.fit_report = {
            "seconds": {"encode": encoded - started, "fine_tune": time.monotonic() - encoded},
            "steps": len(losses),
            "loss": losses[-1],
            "slices": len(slices),
        }
        return self

    def predict(
        self,
        volume: Volume,
        annotations: SparseAnnotations | np.ndarray | None = None,
        progress: Progress = no_progress,
    ) -> Prediction:
        """Segment every slice of a volume.

        Args:
            annotations: what is painted on this volume, as in :meth:`fit`. Painted slices come out
                exactly as painted and their neighbours lean on them.
            progress: stages "Encoding slices", "Segmenting slices", "Solving the volume".

        Raises:
            ModelError: if there is no fitted model, or it needs another encoder.
            OperationCancelled: from ``progress``.
        """
        model, started = self._fitted(), time.monotonic()
        window = model.window or default_window(volume)
        painted = painted_case(volume, annotations, model.plane).display if annotations is not None else {}
        _require_codes(painted, model.codes)
        embeddings = encode_volume(
            volume, model.plane, self.encoder, self._cache, window=window, progress=progress
        )
        encoded = time.monotonic()
        framing = Framing.of(volume, model.plane, self.encoder)
        settings = self.settings.predict
        logits = slice_logits(model.decoder, embeddings, settings.batch_size, progress)
        decoded = time.monotonic()
        result = _Canvas(volume, model.plane, model.codes, settings.probabilities)
        if settings.consistency and any(image.any() for image in painted.values()):
            stack = _slice_stack(volume, model, window, painted)
            probabilities, box = solve_volume(logits, framing, stack, settings, progress)
            for offset, index in enumerate(range(box[0].start, box[0].stop)):
                result.put(index, probabilities[:, offset].astype(np.float32), box[1:])
        else:
            for index, item in enumerate(logits):
                result.put(index, log_probabilities(item, framing).exp().numpy())
        for index, image in painted.items():
            result.put_painted(index, image)
        ended = time.monotonic()
        report = {
            "seconds": {"encode": encoded - started, "decode": decoded - encoded, "volume": ended - decoded},
            "volume_ml": {
                str(code): volume_ml(result.label_map == code, volume.spacing_mm) for code in model.codes
            },
            "settings": self.settings.to_json(),
        }
        return Prediction(result.label_map, result.probabilities, report)

    def save(self, path: str | Path) -> None:
        """Write the fitted model as safetensors."""
        model = self._fitted()
        about = {
            "plane": str(model.plane),
            "codes": list(model.codes),
            "encoder": model.encoder_name,
            "encoder_identity": model.encoder_identity,
            "window": [model.window.low, model.window.high] if model.window else None,
            "settings": self.settings.to_json(),
            "fit": self.fit_report,
        }
        ModelFile(model.decoder.state_dict(), about).save(Path(path))

    @classmethod
    def load(
        cls,
        path: str | Path,
        encoder: str | Path | Encoder | None = None,
        device: str = "auto",
        seed: int = 0,
        settings: Settings | None = None,
        cache: EmbeddingCache | None = None,
    ) -> FewShotSegmenter:
        """A segmenter with a model of :meth:`save`; its encoder is the model's unless one is given.

        Raises:
            ModelError: if the file is no few-shot model, or was made with another encoder.
        """
        file = ModelFile.load(Path(path))
        about = file.about
        settings = settings or Settings.from_json(about["settings"])
        segmenter = cls(encoder or about["encoder"], device, seed, settings, cache)
        if segmenter.encoder.identity != about["encoder_identity"]:
            raise ModelError(
                f"The model {Path(path).name} was made with the encoder {about['encoder']}, "
                f"and cannot run with {segmenter.encoder.name}."
            )
        decoder = segmenter._empty_decoder(file.state["prototypes"])
        try:
            decoder.load_state_dict(file.state)
        except RuntimeError as error:
            raise ModelError(f"{Path(path).name} does not fit this version's decoder.") from error
        window = Window(*about["window"]) if about["window"] else None
        segmenter._model = _Model(
            decoder.to(segmenter._device).eval(),
            tuple(about["codes"]),
            Plane(about["plane"]),
            window,
            about["encoder"],
            about["encoder_identity"],
        )
        segmenter.fit_report = about["fit"]
        return segmenter

    def _fitted(self) -> _Model:
        if self._model is None:
            raise ModelError("There is no few-shot model yet; fit one on painted slices, or load one.")
        return self._model

    def _fits(self, model: _Model) -> bool:
        """Whether the model's decoder can be continued with this encoder and these settings."""
        return (
            model.encoder_identity == self.encoder.identity
            and model.decoder.prototypes.shape[1] == self.settings.fit.prototypes
        )

    def _new_decoder(
        self, slices: list[TrainingSlice], generator: torch.Generator, progress: Progress
    ) -> FewShotDecoder:
        """A decoder that starts from SAM's weights, the slices' prototypes and a probe fitted on them."""
        embeddings = [item.embedding for item in slices]
        targets = [item.target for item in slices]
        settings, grid_size = self.settings.fit, self.encoder.grid_size
        prototypes = label_prototypes(embeddings, targets, settings.prototypes, self.seed)
        probe = fit_probe(
            embeddings,
            targets,
            grid_size,
            settings.probe_decay,
            settings.probe_iterations,
            generator,
            tick=lambda: progress("Fine-tuning", 0.0),
        )
        weights = self.encoder.decoder_weights()
        return FewShotDecoder(weights, prototypes, probe, grid_size, generator).to(self._device)

    def _empty_decoder(self, prototypes: torch.Tensor) -> FewShotDecoder:
        """A decoder of the size of (classes, prototypes, C) to load a state into."""
        classes, _, channels = prototypes.shape
        probe = PixelProbe(classes, channels, self.encoder.grid_size)
        weights, empty = self.encoder.decoder_weights(), torch.zeros(prototypes.shape)
        return FewShotDecoder(weights, empty, probe, self.encoder.grid_size, torch.Generator())

    def _copy(self, decoder: FewShotDecoder) -> FewShotDecoder:
        copy = self._empty_decoder(decoder.prototypes)
        copy.load_state_dict(decoder.state_dict())
        return copy.to(self._device)


class _Canvas:
    """Canonical arrays filled slice by slice."""

    def __init__(self, volume: Volume, plane: Plane, codes: tuple[int, ...], probabilities: bool) -> None:
        self.label_map = np.zeros(volume.shape, np.uint16)
        self.probabilities = (
            {code: np.zeros(volume.shape, np.float16) for code in codes} if probabilities else None
        )
        self._plane = plane
        self._values = np.array((0, *codes), np.uint16)

    def put(self, index: int, probabilities: np.ndarray, box: tuple[slice, ...] = (slice(None),) * 2) -> None:
        """A slice's (classes, rows, columns), in display orientation, at ``box``."""
        to_display(take_slice(self.label_map, self._plane, index))[box] = self._values[
            probabilities.argmax(axis=0)
        ]
        for channel, volume in enumerate((self.probabilities or {}).values(), start=1):
            to_display(take_slice(volume, self._plane, index))[box] = probabilities[channel]

    def put_painted(self, index: int, image: np.ndarray) -> None:
        """A painted slice, (rows, columns) label map in display orientation."""
        take_slice(self.label_map, self._plane, index)[...] = from_display(image)
        for code, volume in (self.probabilities or {}).items():
            take_slice(volume, self._plane, index)[...] = from_display(image == code)


def _slice_stack(volume: Volume, model: _Model, window: Window, painted: dict[int, np.ndarray]) -> SliceStack:
    columns, rows = (axis for axis in range(3) if axis != model.plane.axis)
    order = (model.plane.axis, rows, columns)
    shape, spacing = volume.shape, volume.spacing_mm
    return SliceStack(
        image=lambda index: windowed_slice(volume, model.plane, index, window),
        shape=(shape[order[0]], shape[order[1]], shape[order[2]]),
        spacing_mm=(spacing[order[0]], spacing[order[1]], spacing[order[2]]),
        painted=painted,
        codes=model.codes,
    )


def _common_codes(cases: list[PaintedCase]) -> tuple[int, ...]:
    if not cases:
        raise AnnotationError("At least one volume with painted slices is needed, got none.")
    planes = {case.plane for case in cases}
    if len(planes) > 1:
        raise AnnotationError(
            f"All volumes must be painted in one plane, got {' and '.join(sorted(planes))}."
        )
    codes = tuple(sorted({code for case in cases for code in case.codes}))
    if not codes:
        raise AnnotationError("At least one slice must be painted with a label before this can run.")
    return codes


def _require_codes(painted: dict[int, np.ndarray], codes: tuple[int, ...]) -> None:
    found = {int(value) for image in painted.values() for value in np.unique(image)} - {0}
    unknown = sorted(found - set(codes))
    if unknown:
        raise AnnotationError(
            f"The painted slices hold label {unknown[0]}, which the model does not know "
            f"(it knows {', '.join(map(str, codes))}); fit it again."
        )
