"""What the worker computes with: encoder, embedding cache and few-shot segmenter, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from backend.config import Config
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.progress import Progress
from fewshot_sam.settings import Settings


@dataclass(frozen=True, eq=False)
class Labelling:
    """What a decoder made of a volume.

    Attributes:
        label_map: canonical (X, Y, Z) uint8 label values.
        report: what the method says of the run: "labels" by value, or "quality" by value as text.
        confidence: canonical (X, Y, Z) uint8, probability times 255 that ``label_map`` is right there;
            None where it cannot be told.
    """

    label_map: np.ndarray
    report: dict[str, Any]
    confidence: np.ndarray | None = None


@dataclass(frozen=True)
class FittedModel:
    """A fine-tuned decoder.

    Attributes:
        codes: label values it knows.
        plane: the plane it was fitted on.
        encoder: identity of the encoder it needs.
        predict: volume, painted slices or None, progress -> labelling.
        save: writes it to a .safetensors path.
    """

    codes: tuple[int, ...]
    plane: Plane
    encoder: str
    predict: Callable[[Volume, SparseAnnotations | None, Progress], Labelling]
    save: Callable[[Path], object]
    segmenter: Any


class Toolbox:
    """Everything heavy; only the worker process makes one."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.cache = EmbeddingCache(config.cache_folder)

    @cached_property
    def encoder(self) -> Any:
        """The encoder of the configuration. Raises ModelError or DeviceError."""
        from fewshot_sam.encoders import load_encoder  # imports torch

        return load_encoder(self._config.encoder, self._config.device)

    def describe(self) -> dict[str, str]:
        """Encoder and device for people."""
        backend = str(self.encoder.backend)
        return {"encoder": backend, "device": "cuda" if "cuda" in backend.lower() else "cpu"}

    def encode(
        self,
        volume: Volume,
        plane: Plane,
        progress: Progress,
        first_slice: int | None = None,
        slices: list[int] | None = None,
    ) -> None:
        """Fill the cache for these slices of the plane; default: all that the method reads."""
        from fewshot_sam.embeddings.encode import encode_planes, encode_volume

        if slices is not None:
            encode_volume(volume, plane, self.encoder, self.cache, progress=progress, slices=slices)
            return
        encode_planes(
            volume, plane, self.encoder, self.cache, None, progress, first_slice=first_slice
        )  # fmt: skip

    def encoded_slices(self, volume: Volume, plane: Plane) -> tuple[int, int]:
        """How many of the slices that the method reads the cache holds, and how many there are."""
        from fewshot_sam.embeddings.encode import count_encoded

        return count_encoded(volume, plane, self.encoder, self.cache)

    def fit(
        self,
        volume: Volume,
        annotations: SparseAnnotations,
        settings: dict[str, Any],
        warm_start: FittedModel | None,
        progress: Progress,
    ) -> FittedModel:
        """Fine-tune on the painted slices, from ``warm_start`` if given."""
        segmenter = self._segmenter(settings)
        segmenter.fit(
            [(volume, annotations)],
            plane=annotations.plane,
            warm_start=None if warm_start is None else warm_start.segmenter,
            progress=progress,
        )
        return self._fitted(segmenter, annotations.plane)

    def load(self, path: Path, plane: Plane) -> FittedModel:
        """A saved decoder. Raises ModelError when it needs another encoder."""
        from fewshot_sam.segmenter import FewShotSegmenter

        segmenter = FewShotSegmenter.load(
            path, encoder=self.encoder, device=self._config.device, cache=self.cache
        )
        segmenter.settings = _without_probabilities(segmenter.settings)
        return self._fitted(segmenter, plane)

    def _segmenter(self, settings: dict[str, Any]) -> Any:
        from fewshot_sam.segmenter import FewShotSegmenter

        return FewShotSegmenter(
            encoder=self.encoder,
            device=self._config.device,
            settings=_without_probabilities(Settings.from_json(settings)),
            cache=self.cache,
        )

    def _fitted(self, segmenter: Any, plane: Plane) -> FittedModel:
        def predict(volume: Volume, annotations: SparseAnnotations | None, progress: Progress) -> Labelling:
            prediction = segmenter.predict(volume, annotations, progress=progress)
            label_map = prediction.label_map.astype(np.uint8)
            return Labelling(label_map, dict(prediction.report or {}), prediction.confidence)

        return FittedModel(
            codes=tuple(segmenter.codes),
            plane=plane,
            encoder=str(self.encoder.identity),
            predict=predict,
            save=segmenter.save,
            segmenter=segmenter,
        )


def _without_probabilities(settings: Settings) -> Settings:
    """They are not stored, and would take the volume's size in memory for each label."""
    return replace(settings, predict=replace(settings.predict, probabilities=False))
