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

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.painted_case import PaintedCase, painted_case
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume, windowed_slice
from fewshot_sam.embeddings.plan import StackAxes, encode_planes
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.errors import AnnotationError, ModelError
from fewshot_sam.evaluation.metrics import volume_ml
from fewshot_sam.evaluation.quality import label_quality, walk_weights
from fewshot_sam.methods.fitted_model import FittedModel, require_saved, saved_encoder, saved_settings
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.fit import fit_decoder
from fewshot_sam.methods.sam_decoder.inference import slice_logits
from fewshot_sam.methods.scores import DecoderScores, HeadScores, SliceScores
from fewshot_sam.methods.triplanar.domain_shift import depth_mm, find_islands, reading_of
from fewshot_sam.methods.triplanar.fit import FittedHead, fit_planes
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.progress import Progress, Stage, StageTimer, no_progress
from fewshot_sam.settings import Settings
from fewshot_sam.volumetric.canvas import SliceCanvas
from fewshot_sam.volumetric.random_walker import WalkWeights
from fewshot_sam.volumetric.solve import SliceStack, solve_volume


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
            right there; 255 on painted slices.
    """

    label_map: np.ndarray
    probabilities: dict[int, np.ndarray] | None = None
    report: dict[str, Any] = field(default_factory=dict)
    confidence: np.ndarray | None = None


class FewShotSegmenter:
    """Few-shot SAM: the encoder stays frozen, a head or SAM's mask decoder learns from a few painted slices.

    Args:
        encoder: a name or path for :func:`fewshot_sam.encoders.load_encoder`, or an encoder.
        device: "auto", "cpu", "cuda" or "cuda:N", for the model and for an encoder named here.
        seed: of everything random; same inputs, seed and machine give the same bytes on the CPU.
        settings: defaults were measured (benchmarks/RESULTS.md).
        cache: where slice embeddings are kept; default inside the data folder.

    Raises:
        ModelError: if the encoder is unknown or cannot be loaded, or a setting is out of its range.
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
        self.settings = (settings or Settings()).checked()
        self.fit_report: dict[str, Any] = {}
        self._device = resolve_device(device)
        self._cache = cache or EmbeddingCache(cache_folder())
        self._model: FittedModel | None = None

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
        """Fine-tune on the painted slices of one or more volumes.

        Args:
            cases: volumes and what is painted on them: :class:`SparseAnnotations`, or an integer label
                map on the volume's source grid. The same code means the same label in all.
            plane: default: the annotations', else the first volume's ``default_plane``.
            window: intensities shown to the encoder; default: each volume's own.
            warm_start: an earlier fit of the same labels, continued with fewer steps.
            progress: told of ``Stage.ENCODE`` and ``Stage.FIT`` (with ``loss`` and ``step``).

        Raises:
            AnnotationError: if nothing is painted, or the annotations do not fit the volumes.
            OperationCancelled: from ``progress``.
        """
        started = time.monotonic()
        painted = [painted_case(volume, annotations, plane) for volume, annotations in cases]
        codes = _common_codes(painted)
        earlier = warm_start._model if warm_start is not None else None
        volumes = {case.volume.content_hash: depth_mm(case.volume, case.plane) for case in painted}
        if earlier is not None and not (earlier.codes == codes and self._continues(earlier, volumes)):
            earlier = None
        timer = StageTimer(progress)
        about = (codes, painted[0].plane, window, self.encoder.name, self.encoder.identity, volumes)
        if self.settings.fit.method == "decoder":
            network, losses = fit_decoder(
                painted, codes, self.encoder, self._cache, window, self.settings.fit,
                earlier.network if earlier else None,  # type: ignore[arg-type] # _continues saw to it
                self.seed, self._device, timer,
            )  # fmt: skip
            self._model = FittedModel(network, *about)
        else:
            found = fit_planes(
                painted, codes, self.encoder, self._cache, window, self.settings,
                FittedHead(earlier.network, [], earlier.folds, {}) if earlier else None,  # type: ignore[arg-type]
                torch.Generator().manual_seed(self.seed), self._device, timer,
            )  # fmt: skip
            losses = found.losses
            self._model = FittedModel(found.head, *about, found.folds, found.left_out)
        encoding = timer.seconds.get(Stage.ENCODE, 0.0)
        self.fit_report = {
            "seconds": {"encode": encoding, "fine_tune": time.monotonic() - started - encoding},
            "steps": len(losses),
            "loss": losses[-1],
            "slices": sum(len(case.display) for case in painted),
            "left_out_dice": {str(code): dice for code, dice in self._model.left_out.items()},
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
            progress: told of ``Stage.ENCODE``, ``Stage.SCORE`` and ``Stage.SOLVE``.

        Raises:
            ModelError: if there is no fitted model, or it needs another encoder.
            OperationCancelled: from ``progress``.
        """
        model, started = self._fitted(), time.monotonic()
        window = model.window or default_window(volume)
        painted = painted_case(volume, annotations, model.plane).display if annotations is not None else {}
        _require_codes(painted, model.codes)
        timer = StageTimer(progress)
        scores = self._scores(volume, model, window, timer)
        decoded = time.monotonic()
        settings = self.settings.predict
        known = any(image.any() for image in painted.values())
        result = SliceCanvas(volume, model.plane, model.codes, settings.probabilities)
        if settings.consistency and (known or isinstance(model.network, PlanesHead)):
            stack = _slice_stack(volume, model, window, painted)
            held = {int(value) for image in painted.values() for value in np.unique(image)}
            weights = {code: self._walk_weights(model, code, code in held) for code in model.codes}
            probabilities, box = solve_volume(scores, stack, settings, weights, progress, self._device)
            for offset, index in enumerate(range(box[0].start, box[0].stop)):
                result.put(index, probabilities[:, offset].astype(np.float32), box[1:])
        else:
            rows, columns = (slice(0, length) for length in StackAxes.of(volume, model.plane).shape[1:])
            for index in range(volume.slice_count(model.plane)):
                result.put(index, scores.log_probabilities(index, rows, columns, 1).exp().numpy())
        for index, image in painted.items():
            result.put_painted(index, image)
        if not painted and settings.least_island > 0:
            result.put_background(find_islands(result.label_map, settings.least_island))
        encoding = timer.seconds.get(Stage.ENCODE, 0.0)
        seconds = {"encode": encoding, "decode": decoded - started - encoding}
        report = {
            "seconds": {**seconds, "volume": time.monotonic() - decoded},
            "volume_ml": {
                str(code): volume_ml(result.label_map == code, volume.spacing_mm) for code in model.codes
            },
            "settings": self.settings.to_json(),
        }
        if painted:
            report["quality"] = label_quality(model.left_out, painted, result.label_map)
        return Prediction(result.label_map, result.probabilities, report, result.confidence)

    def save(self, path: str | Path) -> None:
        """Write the fitted model as safetensors."""
        about = {"settings": self.settings.to_json(), "fit": self.fit_report}
        self._fitted().to_file(about).save(Path(path))

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
            ModelError: if the file is no few-shot model, or was made with another encoder or a checkpoint.
        """
        file, name = ModelFile.load(Path(path)), Path(path).name
        require_saved(file, name)
        settings = settings or saved_settings(file, name)
        segmenter = cls(encoder or saved_encoder(file, name), device, seed, settings, cache)
        segmenter._model = FittedModel.from_file(file, segmenter.encoder, segmenter._device, name)
        segmenter.fit_report = file.about["fit"]
        return segmenter

    def _fitted(self) -> FittedModel:
        if self._model is None:
            raise ModelError("There is no few-shot model yet; fit one on painted slices, or load one.")
        return self._model

    def _continues(self, model: FittedModel, volumes: dict[str, float]) -> bool:
        """Whether the model can be continued on these volumes with this encoder and these settings."""
        fit, network = self.settings.fit, model.network
        if model.encoder_identity != self.encoder.identity:
            return False
        if any(now != then for now, then in zip(volumes, model.volumes, strict=False)):
            return False  # folds count volumes by their place
        if isinstance(network, FewShotDecoder):
            return fit.method == "decoder" and network.prototypes.shape[1] == fit.prototypes
        return (fit.method, fit.members, fit.hidden) == ("planes", network.answering, network.hidden_size)

    def _scores(self, volume: Volume, model: FittedModel, window: Window, progress: Progress) -> SliceScores:
        """Encode what is missing and apply the network."""
        network, plane = model.network, model.plane
        if isinstance(network, PlanesHead):
            reading = reading_of(volume, plane, model.volumes)
            planes = encode_planes(
                volume, plane, self.encoder, self._cache, window, progress, sides=reading.sides
            )
            return HeadScores(network, planes, volume, plane, window, progress, reading)
        embeddings = encode_volume(volume, plane, self.encoder, self._cache, window=window, progress=progress)
        logits = slice_logits(network, embeddings, self.settings.predict.batch_size, progress)
        return DecoderScores(logits, Framing.of(volume, plane, self.encoder))

    def _walk_weights(self, model: FittedModel, code: int, painted: bool) -> WalkWeights:
        """How far the volumetric step trusts the model with a label; without paint there is nothing else."""
        settings = self.settings.predict
        if isinstance(model.network, FewShotDecoder) or not painted:
            return WalkWeights(settings.prior_weight, settings.edge_contrast)
        return walk_weights(model.left_out[code], settings)


def _slice_stack(
    volume: Volume, model: FittedModel, window: Window, painted: dict[int, np.ndarray]
) -> SliceStack:
    axes = StackAxes.of(volume, model.plane)
    return SliceStack(
        image=lambda index: windowed_slice(volume, model.plane, index, window),
        shape=axes.shape,
        spacing_mm=axes.spacing_mm(volume),
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
