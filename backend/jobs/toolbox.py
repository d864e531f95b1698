"""What the worker computes with: encoders, embedding cache and few-shot segmenter, loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.choices import DEFAULT_CHOICE, Encoders, RunChoice, encoder_title
from backend.config import Config
from backend.outlines.messages import Question
from backend.outlines.turns import EncoderTurns
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.pictures import single_picture
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.painted_region import NOTHING_PAINTED, PaintedRegion
from fewshot_sam.errors import ModelError
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
        self._encoders = Encoders(config)
        self._other: tuple[str, Any] | None = None  # name and encoder, of the last run that chose another

    @cached_property
    def encoder(self) -> Any:
        """The encoder of the configuration, in turns. Raises ModelError or DeviceError."""
        return self._load_encoder(self._config.encoder)

    def encoder_of(self, choice: RunChoice) -> Any:
        """The encoder that was chosen, in turns; beside the configured one only the last is kept in memory.

        Raises:
            ModelError: it is not installed any more, or damaged.
            DeviceError: the device is not on this machine.
        """
        name = choice.encoder
        if name is None or self.is_configured(name):
            return self.encoder
        if self._other is None or self._other[0] != name:
            source = self._encoders.source(name)
            if source is None:
                raise ModelError(
                    f"The encoder {encoder_title(name)} is not installed here any more. Choose another one "
                    "under Settings and propagate again."
                )
            self._other = None  # its memory first
            self._other = (name, self._load_encoder(source))
        return self._other[1]

    def is_configured(self, name: str | None) -> bool:
        """Whether this names the encoder of the configuration."""
        return name is None or name == self._encoders.default

    def _load_encoder(self, source: str) -> Any:
        from fewshot_sam.encoders import load_encoder  # imports torch

        encoder: Any = load_encoder(source, self._config.device)
        encoder.encode = self._turns.guard(encoder.encode)
        return encoder

    @cached_property
    def _outliner(self) -> Any:
        from fewshot_sam.embeddings.outline import Outliner

        return Outliner(self.encoder)

    def encoder_identity(self, choice: RunChoice) -> str:
        """What a model must name as its encoder to be used with this one."""
        return str(self.encoder_of(choice).identity)

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
        choice: RunChoice = DEFAULT_CHOICE,
        whole: bool = True,
    ) -> None:
        """Fill the cache for these slices of the plane; default: all that the method reads.

        Args:
            painted: of a run, which reads less than the whole volume.
            whole: False for what a fit reads of a volume that is not predicted.
            choice: of a run; by default what is encoded in the background.
        """
        from fewshot_sam.embeddings.encode import encode_planes, encode_volume
        from fewshot_sam.embeddings.pictures import encode_pictures

        encoder = self.encoder_of(choice)
        if volume.pictures:
            wanted = slices if slices is not None or whole else list(painted.slices)
            encode_pictures(volume, encoder, self.cache, progress=progress, first=first_slice, wanted=wanted)
            return
        if slices is None and choice.reads_orthogonal:
            encode_planes(
                volume, plane, encoder, self.cache, None, progress, painted, whole, first_slice
            )  # fmt: skip
            return
        if slices is None and not whole:
            slices = list(painted.slices)
        encode_volume(
            volume, plane, encoder, self.cache, progress=progress, first_slice=first_slice, slices=slices
        )  # fmt: skip

    def encoded_slices(
        self,
        volume: Volume,
        plane: Plane,
        painted: PaintedRegion = NOTHING_PAINTED,
        choice: RunChoice = DEFAULT_CHOICE,
        whole: bool = True,
    ) -> tuple[int, int]:
        """How many of the slices that the method reads the cache holds, and how many it reads."""
        from fewshot_sam.embeddings.encode import cache_key, count_encoded
        from fewshot_sam.embeddings.pictures import count_encoded_pictures

        encoder = self.encoder_of(choice)
        if volume.pictures:
            return count_encoded_pictures(volume, encoder, self.cache, None if whole else painted.slices)
        if choice.reads_orthogonal:
            return count_encoded(volume, plane, encoder, self.cache, painted, whole)
        done = self.cache.open(cache_key(volume, plane, encoder, default_window(volume))).done
        if not whole:
            done = done[list(painted.slices)]
        return int(done.sum()), len(done)

    def prompt_kinds(self) -> tuple[str, ...]:
        """Which prompts :meth:`outline` answers."""
        from fewshot_sam.embeddings.outline import prompt_kinds

        return prompt_kinds(self.encoder)

    def outline(self, volume: Volume, window: Window, question: Question) -> np.ndarray:
        """The (rows, columns) bool mask of a box or points on a slice, which is encoded if it is not yet.

        Of unrelated pictures what lies beside the picture in its slice stays out, and its window is its own.

        Raises:
            ModelError: the encoder comes without SAM's mask decoder.
        """
        if not volume.pictures:
            return self._outline(volume, window, question)
        alone = single_picture(volume, question.index)
        found = np.zeros((volume.shape[1], volume.shape[0]), bool)
        inside = self._outline(alone, default_window(alone), replace(question, index=0))
        volume.pictures[question.index].inside(found)[...] = inside
        return found

    def _outline(self, volume: Volume, window: Window, question: Question) -> np.ndarray:
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
        segmenter = self._segmenter(Settings.for_method("draft"), DEFAULT_CHOICE)
        segmenter.fit([(volume, annotations)], plane=annotations.plane, progress=progress)
        return segmenter.predict(volume, annotations, progress)

    def fit(
        self,
        cases: Sequence[tuple[Volume, SparseAnnotations]],
        settings: dict[str, Any],
        warm_start: FewShotSegmenter | None,
        progress: Progress,
        choice: RunChoice,
    ) -> FewShotSegmenter:
        """Fine-tune on the painted slices of volumes, all in one plane, from ``warm_start`` if given."""
        segmenter = self._segmenter(_without_probabilities(Settings.from_json(settings)), choice)
        return segmenter.fit(cases, plane=cases[0][1].plane, warm_start=warm_start, progress=progress)

    def _segmenter(self, settings: Settings, choice: RunChoice) -> FewShotSegmenter:
        from fewshot_sam.segmenter import FewShotSegmenter

        return FewShotSegmenter(
            self.encoder_of(choice), self._config.device, choice.seed, settings, self.cache
        )  # fmt: skip

    def load(self, path: Path, choice: RunChoice) -> FewShotSegmenter:
        """A saved model. Raises ModelError when it needs another encoder."""
        from fewshot_sam.segmenter import FewShotSegmenter

        segmenter = FewShotSegmenter.load(
            path, encoder=self.encoder_of(choice), device=self._config.device, cache=self.cache
        )
        segmenter.settings = _without_probabilities(segmenter.settings)
        return segmenter


def _without_probabilities(settings: Settings) -> Settings:
    """They are not stored, and would take the volume's size in memory for each label."""
    return replace(settings, predict=replace(settings.predict, probabilities=False))
