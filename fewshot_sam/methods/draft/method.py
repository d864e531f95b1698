"""No model at all: painted slices are interpolated and the random walker finds the edges between them.

It reads no embedding, so it answers within seconds of the first painted slice; a method that learns replaces
it when the slices it reads are encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch

from fewshot_sam.data.stack import StackAxes
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.methods.base import FitTask, MethodContext, MethodState, ScoreTask

_REACH_MM = 20.0
"""Labels are looked for this far around the painted ones, and as far beyond as painted slices are apart."""
_MAX_CELLS = 64


class DraftMethod:
    """Knows the labels' number; see :class:`fewshot_sam.methods.base.Method`."""

    solves_without_paint: ClassVar[bool] = False

    def __init__(self, labels: int) -> None:
        self.labels = labels
        self.cross_validated_dice: Mapping[int, float | None] = {}

    @classmethod
    def fit(
        cls, task: FitTask, context: MethodContext, earlier: DraftMethod | None
    ) -> tuple[DraftMethod, list[float]]:
        """Nothing is learnt."""
        return cls(len(task.codes)), []

    def score_slices(self, task: ScoreTask, context: MethodContext) -> DraftScores:
        """Every label is as likely as the background, near what is painted."""
        return DraftScores(task, self.labels)

    def state(self) -> MethodState:
        """Empty: the labels are the model's."""
        return MethodState({})

    @classmethod
    def from_state(
        cls, state: MethodState, codes: tuple[int, ...], encoder: Encoder, device: torch.device
    ) -> DraftMethod:
        """Inverse of :meth:`state`."""
        return cls(len(codes))


class DraftScores:
    """The same for every class, so that the painted slices decide alone.

    Args:
        labels: their number, without background.
    """

    def __init__(self, task: ScoreTask, labels: int) -> None:
        axes = StackAxes.of(task.volume, task.plane)
        self._shape, self._spacing_mm = axes.shape, axes.spacing_mm(task.volume)
        self._painted, self._classes = task.painted, 1 + labels

    def likely(self) -> np.ndarray:
        """See :class:`SliceScores`; (slices, h, w) float32, 1 in a box around the paint."""
        size = [min(length, _MAX_CELLS) for length in self._shape[1:]]
        near = np.zeros((self._shape[0], *size), np.float32)
        painted = {index: image for index, image in self._painted.items() if image.any()}
        if painted:
            any_label = np.logical_or.reduce([image != 0 for image in painted.values()])
            gaps = np.diff(sorted(painted)) if len(painted) > 1 else np.zeros(1)
            beyond_mm = max(_REACH_MM, float(np.median(gaps)) * self._spacing_mm[0])
            held = (
                np.array(sorted(painted)),
                any_label.any(axis=1).nonzero()[0],
                any_label.any(axis=0).nonzero()[0],
            )
            reaches_mm = (beyond_mm, _REACH_MM, _REACH_MM)
            near[tuple(map(self._span, range(3), held, reaches_mm, near.shape))] = 1.0
        return near

    def _span(self, axis: int, held: np.ndarray, reach_mm: float, cells: int) -> slice:
        """The cells of an axis from the first to the last voxel held, and ``reach_mm`` more."""
        reach, scale = reach_mm / self._spacing_mm[axis], cells / self._shape[axis]
        return slice(
            max(0, int((held[0] - reach) * scale)), min(cells, int(np.ceil((held[-1] + 1 + reach) * scale)))
        )

    def prepare(self, step: int) -> None:
        """Nothing is shared."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """See :class:`SliceScores`; (classes, rows / step, columns / step) float32, all the same."""
        size = [-(-part.stop // step) - part.start // step for part in (rows, columns)]
        return torch.full((self._classes, *size), -float(np.log(self._classes)))
