"""What the worker computes with: encoder, embedding cache and few-shot segmenter, loaded once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.config import Config
from backend.outlines.messages import Question
from backend.outlines.turns import EncoderTurns
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.painted_region import NOTHING_PAINTED, PaintedRegion
from fewshot_sam.progress import Progress
from fewshot_sam.settings import Settings

if TYPE_CHECKING:
    from fewshot_sam.segmenter import FewShotSegmenter, Prediction


class Toolbox:
    """Everything heavy; only the worker process makes one.

    The thread of the jobs and the one that outlines use it; the encoder serves one of them at a time.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self.cache = EmbeddingCache(config.cache_folder)
        self._turns = EncoderTurns()

    @cached_property
    def encoder(self) -> Any:
        """The encoder of the configuration, in turns. Raises ModelError or DeviceError."""
        from fewshot_sam.encoders import load_encoder  # imports torch

        encoder: Any = load_encoder(self._config.encoder, self._config.device)
        encoder.encode = self._turns.guard(encoder.encode)
        return encoder

    @cached_property
    def _outliner(self) -> Any:
        from fewshot_sam.embeddings.outline import Outliner

        return Outliner(self.encoder)

    @property
    def encoder_identity(self) -> str:
        """What a model must name as its encoder to be used with this one."""
        return str(self.encoder.identity)

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
        painted: PaintedRegion = NOTHING_PAINTED,
    ) -> None:
        """Fill the cache for these slices of the plane; default: all that the method reads.

        Args:
            painted: of a run, which reads less than the whole volume.
        """
        from fewshot_sam.embeddings.encode import encode_planes, encode_volume

        if slices is not None:
            encode_volume(volume, plane, self.encoder, self.cache, progress=progress, slices=slices)
            return
        encode_planes(
            volume, plane, self.encoder, self.cache, None, progress, painted, first_slice=first_slice
        )  # fmt: skip

    def encoded_slices(
        self, volume: Volume, plane: Plane, painted: PaintedRegion = NOTHING_PAINTED
    ) -> tuple[int, int]:
        """How many of the slices that the method reads the cache holds, and how many there are."""
        from fewshot_sam.embeddings.encode import count_encoded

        return count_encoded(volume, plane, self.encoder, self.cache, painted)

    def prompt_kinds(self) -> tuple[str, ...]:
        """Which prompts :meth:`outline` answers."""
        from fewshot_sam.embeddings.outline import prompt_kinds

        return prompt_kinds(self.encoder)

    def outline(self, volume: Volume, window: Window, question: Question) -> np.ndarray:
        """The (rows, columns) bool mask of a box or points on a slice, which is encoded if it is not yet.

        Raises:
            ModelError: the encoder comes without SAM's mask decoder.
        """
        from fewshot_sam.embeddings.encode import encode_volume
        from fewshot_sam.embeddings.resize import Framing
        from fewshot_sam.encoders.prompt_decoder import Prompt

        with self._turns.urgent():
            plane, wanted = question.plane, [question.index]
            embeddings = encode_volume(
                volume, plane, self.encoder, self.cache, window=window, slices=wanted
            )  # fmt: skip
            embedding = embeddings.read(question.index)
            framing = Framing.of(volume, plane, self.encoder)
            if question.box is None and not question.points:
                return np.zeros(framing.slice_size, bool)
            return self._outliner.outline(embedding, framing, Prompt(question.box, question.points))

    def draft(self, volume: Volume, annotations: SparseAnnotations, progress: Progress) -> Prediction:
        """The painted slices alone, interpolated; no embedding is read."""
        segmenter = self._segmenter(Settings.for_method("draft"))
        segmenter.fit([(volume, annotations)], plane=annotations.plane, progress=progress)
        return segmenter.predict(volume, annotations, progress)

    def fit(
        self,
        volume: Volume,
        annotations: SparseAnnotations,
        settings: dict[str, Any],
        warm_start: FewShotSegmenter | None,
        progress: Progress,
    ) -> FewShotSegmenter:
        """Fine-tune on the painted slices, from ``warm_start`` if given."""
        segmenter = self._segmenter(_without_probabilities(Settings.from_json(settings)))
        return segmenter.fit(
            [(volume, annotations)], plane=annotations.plane, warm_start=warm_start, progress=progress
        )

    def _segmenter(self, settings: Settings) -> FewShotSegmenter:
        from fewshot_sam.segmenter import FewShotSegmenter

        return FewShotSegmenter(
            encoder=self.encoder, device=self._config.device, settings=settings, cache=self.cache
        )

    def load(self, path: Path) -> FewShotSegmenter:
        """A saved model. Raises ModelError when it needs another encoder."""
        from fewshot_sam.segmenter import FewShotSegmenter

        segmenter = FewShotSegmenter.load(
            path, encoder=self.encoder, device=self._config.device, cache=self.cache
        )
        segmenter.settings = _without_probabilities(segmenter.settings)
        return segmenter


def _without_probabilities(settings: Settings) -> Settings:
    """They are not stored, and would take the volume's size in memory for each label."""
    return replace(settings, predict=replace(settings.predict, probabilities=False))
