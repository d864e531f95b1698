"""From probabilities to a prediction: labels, confidence, and the painted slices put over both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fewshot_sam.data.planes import Plane, from_display, stack_view, take_slice, to_display
from fewshot_sam.data.prediction import CERTAIN, Prediction
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.data.volume import Volume
from fewshot_sam.methods.base import SliceScores
from fewshot_sam.volumetric.base import Box, Problem, VolumetricStep

if TYPE_CHECKING:
    from fewshot_sam.volumetric.solve import Solution

HALF_CERTAIN = 127


class PredictionBuilder:
    """A prediction's canonical arrays, filled slice by slice; see :class:`Prediction`."""

    def __init__(self, volume: Volume, plane: Plane, codes: tuple[int, ...], probabilities: bool) -> None:
        self.label_map = np.zeros(volume.shape, np.uint16)
        self.confidence = np.full(volume.shape, CERTAIN, np.uint8)
        self.probabilities = (
            {code: np.zeros(volume.shape, np.float16) for code in codes} if probabilities else None
        )
        self._plane, self._size = plane, StackAxes.of(volume, plane).shape
        self._values = np.array((0, *codes), np.uint16)

    def put_region(self, probabilities: np.ndarray, box: Box) -> None:
        """(classes, slices, rows, columns) float16 at a box of the stack, display orientation."""
        for offset, index in enumerate(range(box[0].start, box[0].stop)):
            self._put(index, probabilities[:, offset].astype(np.float32), box[1:])

    def put_slices(self, scores: SliceScores) -> None:
        """Every slice as it was scored."""
        rows, columns = (slice(0, length) for length in self._size[1:])
        for index in range(self._size[0]):
            self._put(index, scores.log_probabilities(index, rows, columns, 1).exp().numpy())

    def replace(self, where: np.ndarray, solution: Solution) -> None:
        """Give (slices, rows, columns) bool voxels of the solution's box the next likeliest class."""
        at = np.nonzero(where)
        inside = tuple(each - part.start for each, part in zip(at, solution.box, strict=True))
        probabilities = solution.probabilities[(slice(None), *inside)].astype(np.float32)
        order = np.argsort(self._values)  # a model's codes need not ascend
        own = order[np.searchsorted(self._values, self.stack[at], sorter=order)]
        probabilities[own, np.arange(own.size)] = -1.0
        self._relabel(at, self._values[probabilities.argmax(axis=0)])

    @property
    def stack(self) -> np.ndarray:
        """The label map as (slices, rows, columns) uint16 in display orientation, a view."""
        return stack_view(self.label_map, self._plane)

    def remove(self, where: np.ndarray) -> None:
        """Take labels away where (slices, rows, columns) bool."""
        self._relabel(np.nonzero(where), 0)

    def _relabel(self, at: tuple[np.ndarray, ...], labels: np.ndarray | int) -> None:
        """Of stack voxels; half certain at most: another label was seen there."""
        confidence = stack_view(self.confidence, self._plane)
        self.stack[at] = labels
        confidence[at] = np.minimum(confidence[at], HALF_CERTAIN)

    def put_painted(self, index: int, image: np.ndarray) -> None:
        """A painted slice, (rows, columns) uint16 label map in display orientation."""
        take_slice(self.label_map, self._plane, index)[...] = from_display(image)
        take_slice(self.confidence, self._plane, index)[...] = CERTAIN
        for code, volume in (self.probabilities or {}).items():
            take_slice(volume, self._plane, index)[...] = from_display(image == code)

    def _put(
        self, index: int, probabilities: np.ndarray, box: tuple[slice, ...] = (slice(None),) * 2
    ) -> None:
        """A slice's (classes, rows, columns) float32, in display orientation, at ``box``."""
        best = probabilities.argmax(axis=0)
        highest = np.take_along_axis(probabilities, best[None], axis=0)[0]
        to_display(take_slice(self.label_map, self._plane, index))[box] = self._values[best]
        to_display(take_slice(self.confidence, self._plane, index))[box] = np.rint(
            255 * np.clip(highest, 0, 1)
        )
        for channel, volume in enumerate((self.probabilities or {}).values(), start=1):
            to_display(take_slice(volume, self._plane, index))[box] = probabilities[channel]


def finalise(
    scores: SliceScores,
    solution: Solution | None,
    problem: Problem,
    steps: Sequence[VolumetricStep],
    volume: Volume,
    plane: Plane,
    painted: dict[int, np.ndarray],
) -> Prediction:
    """Labels and confidence, cleaned up, with the painted slices over them: the one place where that is done.

    Args:
        scores: taken as they are where there is no solution.
        solution: of the problem; None where each slice stands alone.
        painted: slice index to (rows, columns) uint16 label map in display orientation. Not always the
            problem's: a model may not know all that is painted.

    Returns:
        The prediction, its report still empty.
    """
    builder = PredictionBuilder(volume, plane, problem.stack.codes, problem.settings.probabilities)
    if solution is not None:
        builder.put_region(solution.probabilities, solution.box)
    else:
        builder.put_slices(scores)
    for step in steps:
        _clean_up(builder, step, solution, problem)
    for index, image in painted.items():
        builder.put_painted(index, image)
    return Prediction(builder.label_map, builder.probabilities, confidence=builder.confidence)


def _clean_up(
    builder: PredictionBuilder, step: VolumetricStep, solution: Solution | None, problem: Problem
) -> None:
    """Take away what the step says; beside paint the next likeliest class comes first, where that holds."""
    where = step.remove(builder.stack, problem)
    if where is None:
        return
    if solution is not None and problem.stack.painted and where.any():
        builder.replace(where, solution)
        where = step.remove(builder.stack, problem)
    if where is not None:
        builder.remove(where)
