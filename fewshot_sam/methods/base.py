"""The protocol of a few-shot method, and the data that a method is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self, TypeVar

import numpy as np
import torch

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.methods.settings import MethodSettings
from fewshot_sam.progress import Progress
from fewshot_sam.settings import Settings


@dataclass(frozen=True, eq=False)
class MethodContext:
    """What a method works with.

    Attributes:
        device: where its network is trained and applied.
        progress: told of ``Stage.ENCODE``, ``FIT`` and ``SCORE``; may raise OperationCancelled.
    """

    encoder: Encoder
    cache: EmbeddingCache
    device: torch.device
    progress: Progress


@dataclass(frozen=True, eq=False)
class FitTask:
    """What a method is fitted on.

    Attributes:
        codes: all labels painted, ascending.
        window: intensities shown to the encoder; None for each volume's own.
        settings: ``settings.fit`` is the method's own dataclass.
        seed: of everything random.
    """

    cases: Sequence[PaintedCase]
    codes: tuple[int, ...]
    window: Window | None
    settings: Settings
    seed: int


@dataclass(frozen=True, eq=False)
class ScoreTask:
    """What a fitted method is applied to.

    Attributes:
        plane: the annotation plane, whose slices are scored.
        fitted_volumes: content hash to depth in mm of the volumes the method was fitted on, in their order.
        batch_size: slices scored at once, where the method takes several.
        painted: of this volume, by canonical index: (rows, columns) uint16 label maps, display orientation.
    """

    volume: Volume
    plane: Plane
    window: Window
    fitted_volumes: Mapping[str, float]
    batch_size: int
    painted: Mapping[int, np.ndarray] = field(default_factory=dict)


class SliceScores(Protocol):
    """Log-probabilities of any part of any slice; rows and columns are of the display orientation."""

    def likely(self) -> np.ndarray:
        """(slices, h, w) float: probability of any label, at any resolution."""

    def prepare(self, step: int) -> object:
        """Make what all slices share at this step, before threads ask for slices."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """(classes, rows / step, columns / step) float32 of a slice, background first.

        ``rows`` and ``columns`` are voxels that start at a multiple of ``step``, and every result stands for
        step x step of them.
        """


@dataclass(frozen=True, eq=False)
class MethodState:
    """A fitted method as a model file holds it.

    Attributes:
        tensors: by name, any shape, none of them empty.
        about: JSON values.
    """

    tensors: dict[str, torch.Tensor]
    about: dict[str, Any] = field(default_factory=dict)


class Method(Protocol):
    """A fitted few-shot method; the class fits and restores.

    Attributes:
        solves_without_paint: whether steps that join slices run on volumes without paint too; else each
            slice stands alone there.
        cross_validated_dice: by label code, Dice on painted slices, each segmented without having been
            learnt; None where that cannot be told. Empty if the method does not cross-validate.
    """

    solves_without_paint: ClassVar[bool]
    cross_validated_dice: Mapping[int, float | None]

    @classmethod
    def fit(cls, task: FitTask, context: MethodContext, earlier: Self | None) -> tuple[Self, list[float]]:
        """Learn from painted slices.

        Args:
            earlier: fitted on the same labels with the same encoder, to be continued where that is possible;
                left as it is.

        Returns:
            The fitted method and the loss of each step.

        Raises:
            ModelError: if the encoder lacks what the method needs.
            OperationCancelled: from ``context.progress``.
        """

    def score_slices(self, task: ScoreTask, context: MethodContext) -> SliceScores:
        """Encode what the cache does not hold yet and score the annotation plane's slices.

        Raises:
            OperationCancelled: from ``context.progress``.
        """

    def state(self) -> MethodState:
        """What :meth:`from_state` needs to make this again."""

    @classmethod
    def from_state(
        cls, state: MethodState, codes: tuple[int, ...], encoder: Encoder, device: torch.device
    ) -> Self:
        """Inverse of :meth:`state`.

        No tensor's shape is to be trusted: nothing larger than the file may be allocated.

        Raises:
            MethodStateError: if ``about`` holds something else than :meth:`state` writes.
            ValueError, KeyError, RuntimeError, IndexError, TypeError: if the tensors do not fit.
            ModelError: if the encoder lacks what the method needs.
        """


class MethodStateError(Exception):
    """Part of a method's ``about`` is not what the method writes there; the message names the part."""


_Settings = TypeVar("_Settings", bound=MethodSettings)


def settings_of(task: FitTask, kind: type[_Settings]) -> _Settings:
    """A task's settings of the method. Raises TypeError if they are another method's."""
    if not isinstance(task.settings.fit, kind):
        raise TypeError(f"the settings must be {kind.__name__}, got {type(task.settings.fit).__name__}")
    return task.settings.fit
