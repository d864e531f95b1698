"""The method as a pipeline: encode, fit, score, solve, finalise.

One segmenter serves one thread at a time. Nothing is kept between calls but the fitted model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.painted_case import PaintedCase, common_codes, known_painted, painted_case
from fewshot_sam.data.planes import Plane, painted_indices
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.stack import depth_mm
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache, Embeddings
from fewshot_sam.embeddings.encode import cache_key
from fewshot_sam.embeddings.pictures import encode_pictures
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.errors import ModelError
from fewshot_sam.evaluation.domain_shift import domain_shift, slice_vectors
from fewshot_sam.evaluation.next_slice import ExpectedErrors, suggest_slices
from fewshot_sam.evaluation.report import fit_report, prediction_report, prediction_seconds
from fewshot_sam.methods.base import FitTask, MethodContext
from fewshot_sam.methods.fitted_model import FittedModel, SavedModel
from fewshot_sam.methods.model_card import ModelCard
from fewshot_sam.methods.registry import method_class
from fewshot_sam.progress import Progress, StageTimer, no_progress
from fewshot_sam.settings import Settings
from fewshot_sam.volumetric.picture_stack import (
    PicturePredictor,
    learnt_cases,
    picture_settings,
    require_own_plane,
)
from fewshot_sam.volumetric.scan import solve_scan
from fewshot_sam.volumetric.solve import Solution

__all__ = ["FewShotSegmenter", "FittedModel", "Prediction"]


class FewShotSegmenter:
    """Few-shot SAM: the encoder stays frozen, a method learns from a few painted slices.

    Args:
        encoder: a name or path for :func:`fewshot_sam.encoders.load_encoder`, or an encoder.
        device: "auto", "cpu", "cuda" or "cuda:N", for the model and for an encoder named here.
        seed: of everything random; same inputs, seed and machine give the same bytes on the CPU.
        settings: defaults were measured (benchmarks/RESULTS.md).
        cache: where slice embeddings are kept; default inside the data folder.

    Attributes:
        model: what :meth:`fit` made; None before.

    Raises:
        ModelError: if the encoder is unknown or cannot be loaded, or a setting is out of its range.
        DeviceError: if the device is not on this machine.

    Example:
        Without ``encoder`` it is LiteMedSAM, whose weights are installed with the program, and without
        ``settings`` a fit takes 200 steps:

        >>> from fewshot_sam.data.annotations import SparseAnnotations
        >>> from fewshot_sam.io import load_label_map, load_volume
        >>> from fewshot_sam.methods.triplanar.settings import TriplanarSettings
        >>> volume = load_volume("ct.nii.gz")
        >>> label_map = load_label_map("painted.nii.gz", volume)
        >>> painted = SparseAnnotations.from_label_map(label_map, volume.default_plane)
        >>> settings = Settings(TriplanarSettings(head_steps=20))
        >>> segmenter = FewShotSegmenter(encoder, seed=0, settings=settings).fit([(volume, painted)])
        >>> segmenter.codes, segmenter.plane
        ((1, 2), <Plane.AXIAL: 'axial'>)
        >>> prediction = segmenter.predict(volume, painted)
        >>> prediction.label_map.shape == volume.shape, prediction.label_map.dtype
        (True, dtype('uint16'))
        >>> bool((prediction.label_map[:, :, 4] == painted.slices[4]).all())  # as it was painted
        True
        >>> segmenter.save("model.safetensors")
        >>> FewShotSegmenter.load("model.safetensors", encoder).codes
        (1, 2)
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
        self.model: FittedModel | None = None
        self._device = resolve_device(device)
        self._cache = cache or EmbeddingCache(cache_folder())

    @property
    def codes(self) -> tuple[int, ...]:
        """Label codes of the fitted model, see :class:`FittedModel`."""
        return self._fitted().codes

    @property
    def plane(self) -> Plane:
        """The plane whose slices the fitted model segments."""
        return self._fitted().plane

    @property
    def fit_report(self) -> Mapping[str, Any]:
        """What the fit says of itself, see :class:`FittedModel`; empty without one."""
        return self.model.report if self.model else {}

    def fit(
        self,
        cases: Sequence[tuple[Volume, SparseAnnotations | np.ndarray]],
        plane: Plane | None = None,
        window: Window | None = None,
        warm_start: FewShotSegmenter | FittedModel | None = None,
        progress: Progress = no_progress,
    ) -> FewShotSegmenter:
        """Learn from the painted slices of one or more volumes.

        Args:
            cases: volumes and what is painted on them: :class:`SparseAnnotations`, or an (I, J, K) integer
                label map on the volume's source grid. The same code means the same label in all.
            plane: default: the annotations', else the first volume's ``default_plane``.
            window: intensities shown to the encoder; default: each volume's own.
            warm_start: an earlier fit of the same labels, continued with fewer steps where that is possible.
            progress: told of ``Stage.ENCODE`` and ``Stage.FIT`` (with ``loss`` and ``step``).

        Returns:
            This segmenter, fitted.

        Raises:
            AnnotationError: if nothing is painted, or the annotations do not fit the volumes.
            ModelError: if the encoder lacks what the method needs.
            OperationCancelled: from ``progress``; the earlier model stays.
        """
        started, timer = time.monotonic(), StageTimer(progress)
        given = [painted_case(volume, annotations, plane) for volume, annotations in cases]
        painted = learnt_cases(given, self.settings.method)
        task = FitTask(painted, common_codes(painted), window, self.settings, self.seed)
        volumes = {case.volume.content_hash: depth_mm(case.volume, case.plane) for case in painted}
        earlier = warm_start.model if isinstance(warm_start, FewShotSegmenter) else warm_start
        start = earlier.to_continue(self.settings, task.codes, self.encoder, [*volumes]) if earlier else None
        fitted, losses = method_class(self.settings.method).fit(task, self._context(timer), start)
        card, dice = ModelCard.of_fit(painted, self.encoder, self.seed), fitted.cross_validated_dice
        self.model = FittedModel(
            method=self.settings.method,
            fitted=fitted,
            codes=task.codes,
            plane=painted[0].plane,
            window=window,
            encoder_name=self.encoder.name,
            encoder_identity=self.encoder.identity,
            volumes=volumes,
            settings=self.settings,
            report=fit_report(losses, sum(card.slices.values()), dice, timer, time.monotonic() - started),
            slice_vectors=self._slice_vectors(painted, window),
            card=card,
        )
        return self

    def predict(
        self,
        volume: Volume,
        annotations: SparseAnnotations | np.ndarray | None = None,
        progress: Progress = no_progress,
        allow_unknown: bool = False,
    ) -> Prediction:
        """Segment every slice of a volume.

        Args:
            annotations: what is painted on this volume: :class:`SparseAnnotations`, or an (I, J, K) integer
                label map on its source grid. Painted slices come out exactly as painted and guide their
                neighbours.
            progress: told of ``Stage.ENCODE``, ``Stage.SCORE`` and ``Stage.SOLVE``.
            allow_unknown: where a label is painted that the model does not know, do not refuse: predict as
                if nothing were painted, and put the painted slices over the result.

        Raises:
            AnnotationError: if the annotations do not fit the volume, or a label is unknown to the model.
            ModelError: if there is no fitted model.
            OperationCancelled: from ``progress``.
        """
        model, started, timer = self._fitted(), time.monotonic(), StageTimer(progress)
        painted = painted_case(volume, annotations, model.plane).display if annotations is not None else {}
        guiding = known_painted(painted, model.codes, allow_unknown)
        if volume.pictures:
            return self._predict_pictures(volume, painted, timer, started)
        found = solve_scan(model, volume, painted, guiding, self.settings.predict, self._context(timer))
        prediction, stack, dice = found.prediction, found.stack, model.fitted.cross_validated_dice
        prediction.report.update(
            seconds=prediction_seconds(timer, found.scored_at - started, time.monotonic() - found.scored_at),
            settings=self.settings.to_json(),
            **prediction_report(prediction.label_map, volume.spacing_mm, dice, stack),
        )
        if found.solution is not None:
            first, count = found.solution.box[0].start, stack.shape[0]
            errors = ExpectedErrors.of(found.solution.probabilities, first, count, model.codes)
            suggested = suggest_slices(errors, painted, stack.spacing_mm[0])
            prediction.report["next_slices"] = [each.to_json() for each in suggested]
        self._report_domain_shift(volume, found.window, prediction)
        return prediction

    def _predict_pictures(
        self, stack: Volume, painted: dict[int, np.ndarray], timer: StageTimer, started: float
    ) -> Prediction:
        """Predict a stack of unrelated pictures, one after the other."""
        model, settings = self._fitted(), picture_settings(self.settings.predict)
        require_own_plane(model.plane)
        wanted = [index for index in range(len(stack.pictures)) if index not in painted]
        encode_pictures(stack, self.encoder, self._cache, window=model.window, progress=timer, wanted=wanted)

        def solve(picture: Volume, progress: Progress) -> tuple[Prediction, Solution | None]:
            found = solve_scan(model, picture, {}, {}, settings, self._context(progress))
            return found.prediction, found.solution

        encoded = time.monotonic()
        predictor = PicturePredictor(stack, model.codes, model.fitted.cross_validated_dice, solve)
        prediction = predictor.predict(painted, settings.probabilities, timer)
        seconds = prediction_seconds(timer, encoded - started, time.monotonic() - encoded)
        prediction.report.update(seconds=seconds, settings=self.settings.to_json())
        return prediction

    def save(self, path: str | Path, card: ModelCard | None = None) -> None:
        """Write the fitted model as safetensors, with this segmenter's settings.

        Args:
            card: names of labels, title, licence and the like; default: the model's own.
        """
        model = self._fitted().with_settings(self.settings)
        (model if card is None else model.with_card(card)).save(path)

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
        saved = SavedModel(path)
        segmenter = cls(encoder or saved.encoder, device, seed, settings or saved.settings, cache)
        segmenter.model = saved.restore(segmenter.encoder, segmenter._device, segmenter.settings)
        return segmenter

    def _slice_vectors(self, cases: Sequence[PaintedCase], window: Window | None) -> dict[str, np.ndarray]:
        """What the slices of each volume that hold paint look like; volumes without any are left out."""
        found = {
            case.volume.content_hash: slice_vectors(
                self._embeddings(case.volume, case.plane, window),
                sorted(index for index, image in case.display.items() if image.any()),
            )
            for case in cases
        }
        return {content_hash: vectors for content_hash, vectors in found.items() if len(vectors)}

    def _report_domain_shift(self, volume: Volume, window: Window, found: Prediction) -> None:
        """Add to the report whether a volume that the model was not fitted on differs from those."""
        model = self._fitted()
        if not model.slice_vectors or volume.content_hash in model.volumes:
            return
        suggested = [each["slice_index"] for each in found.report.get("next_slices", [])]
        held = painted_indices(found.label_map, model.plane)
        embeddings = self._embeddings(volume, model.plane, window)
        shift = domain_shift(model.slice_vectors, embeddings, held, found.mean_confidence, suggested)
        found.report["domain_shift"] = shift.to_json()

    def _embeddings(self, volume: Volume, plane: Plane, window: Window | None) -> Embeddings:
        """What the cache holds of a plane's slices."""
        key = cache_key(volume, plane, self.encoder, window or default_window(volume))
        return self._cache.open(key)

    def _fitted(self) -> FittedModel:
        if self.model is None:
            raise ModelError("There is no few-shot model yet; fit one on painted slices, or load one.")
        return self.model

    def _context(self, progress: Progress) -> MethodContext:
        return MethodContext(self.encoder, self._cache, self._device, progress)
