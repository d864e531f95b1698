"""What the painted slices alone say about the slices between them: interpolated signed distances."""

from __future__ import annotations

import copy
from functools import partial

import numpy as np
from scipy.ndimage import distance_transform_edt

from fewshot_sam.volumetric.base import Evidence, Problem, VolumetricStep
from fewshot_sam.volumetric.distance_weights import DistanceWeights, distance_weights

_CLIP = 6.0
"""Log-odds are limited to this, so that the decoder can overrule the interpolation."""
_SHIFT_PER_MM = 0.3
"""Contours are taken to move this many mm in the plane for each mm along the normal."""
_MIN_REACH_MM = 20.0
"""However close the painted slices lie, labels may go on this far outside their range."""
_PENALTY = 3.0
"""Log-odds a label loses for each usual gap beyond the first outside the painted range."""


def signed_distance_mm(mask: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray | None:
    """Distance to the mask's contour, positive inside; (rows, columns) bool to float32 in mm.

    None where the mask is empty; a mask without a contour is everywhere as far inside as it is long.
    """
    if not mask.any():
        return None
    if mask.all():
        return np.full(mask.shape, float(np.hypot(*np.multiply(mask.shape, spacing_mm))), np.float32)
    inside = distance_transform_edt(mask, sampling=spacing_mm)
    outside = distance_transform_edt(~mask, sampling=spacing_mm)
    return (inside - outside).astype(np.float32)


class DistanceInterpolation(VolumetricStep):
    """Adds what the painted slices say of the others, where any label is painted."""

    joins_slices = True

    def evidence(self, problem: Problem) -> Evidence | None:
        """See :class:`VolumetricStep`."""
        stack, given = problem.stack, problem.settings.distance_weight
        if not stack.painted_codes:
            return None
        slice_mm, pixel_mm = stack.spacing_mm[0], stack.spacing_mm[1:]
        weights = distance_weights(stack.painted, stack.codes, slice_mm, given)
        distances = DistanceInterpolator(stack.painted, stack.codes, pixel_mm, slice_mm)
        return partial(distances.weighted_log_odds, weights=weights)


class DistanceInterpolator:
    """Log-odds of each class on any slice, from the nearest painted slices on both sides.

    Between two painted slices the signed distances are interpolated linearly. A label that the next
    painted slice does not hold shrinks to nothing half-way to it. Beyond the outermost painted slices the
    nearest is held for one usual gap, then labels lose log-odds more and more: whether one goes on there is
    the decoder's to say, but it cannot spread over the rest of the body.
    The interpolation counts less the farther the nearest painted slice is.

    Args:
        painted: slice index to (rows, columns) integer label map.
        codes: the labels, without background.
        pixel_mm: (row, column) pixel size in mm.
        slice_mm: distance of slices in mm.
    """

    def __init__(
        self,
        painted: dict[int, np.ndarray],
        codes: tuple[int, ...],
        pixel_mm: tuple[float, float],
        slice_mm: float,
    ) -> None:
        self._indices: list[int] = sorted(painted)
        self._slice_mm = slice_mm
        self._tolerance_mm = float(np.sqrt(pixel_mm[0] * pixel_mm[1]))
        self._reach = self._usual_reach()
        self._distances = {
            index: [signed_distance_mm(image == code, pixel_mm) for code in codes]
            for index, image in painted.items()
        }
        shape = next(iter(painted.values())).shape
        self._nothing = np.full(shape, -float(np.hypot(*np.multiply(shape, pixel_mm))), np.float32)

    def without(self, index: int) -> DistanceInterpolator:
        """The same with one painted slice less; unchanged where it is the only one."""
        if len(self._indices) < 2:
            return self
        other = copy.copy(self)
        other._indices = [each for each in self._indices if each != index]
        other._reach = other._usual_reach()
        return other

    def weighted_log_odds(self, index: int, weights: DistanceWeights) -> np.ndarray:
        """:meth:`log_odds` times the weights; less outside the painted range, where they are a guess.

        A label that neither neighbouring painted slice holds loses log-odds the farther they are: a model
        that takes one thing for another there is not to be trusted only because nothing contradicts it.

        Returns:
            (classes, rows, columns) float32, background first.
        """
        below, above = self._neighbours(index)
        inside = below <= index <= above
        nearest = min(abs(index - below), abs(index - above))
        weight = (weights.within if inside else weights.outside(nearest * self._slice_mm)).copy()
        labels = self._label_log_odds(index)
        background = -(labels * _column(weight)).max(axis=0, keepdims=True)
        far = nearest / self._reach
        for label, ends in enumerate(zip(self._distances[below], self._distances[above], strict=True)):
            if ends[0] is None and ends[1] is None:
                labels[label] -= _PENALTY * (far if inside else min(1.0, far))
                weight[label] = max(weight[label], min(1.0, far))
        labels *= _column(weight)
        if not inside:  # however little interpolation counts, labels end somewhere beyond the paint
            labels -= _column(np.maximum(0.0, 1.0 - weight)) * _PENALTY * max(0.0, far - 1.0)
        return np.concatenate([background, labels])

    def _neighbours(self, index: int) -> tuple[int, int]:
        """The painted slices next to a slice; the outermost one twice beyond it."""
        first, last = self._indices[0], self._indices[-1]
        below = max((i for i in self._indices if i <= index), default=first)
        return below, min((i for i in self._indices if i >= index), default=last)

    def log_odds(self, index: int) -> np.ndarray:
        """(classes, rows, columns) float32, background first; within +-6 inside the painted range."""
        labels = self._label_log_odds(index)
        return np.concatenate(
            [-labels.max(axis=0, keepdims=True), labels]
        )  # as likely as the likeliest is not

    def _label_log_odds(self, index: int) -> np.ndarray:
        """(labels, rows, columns) float32, an array of its own."""
        below, above = self._neighbours(index)
        nearest = min(abs(index - below), abs(index - above))
        scale_mm = self._tolerance_mm + _SHIFT_PER_MM * nearest * self._slice_mm
        if not below <= index <= above:
            return self._beyond(below, nearest, scale_mm)
        weight = (index - below) / (above - below) if above > below else 0.0
        labels: list[np.ndarray] = [
            (1 - weight) * _or_gone(low, high, self._nothing) + weight * _or_gone(high, low, self._nothing)
            for low, high in zip(self._distances[below], self._distances[above], strict=True)
        ]
        return np.clip(np.stack(labels) / scale_mm, -_CLIP, _CLIP).astype(np.float32)

    def _beyond(self, edge: int, away: int, scale_mm: float) -> np.ndarray:
        """Log-odds ``away`` slices outside the outermost painted slice ``edge``."""
        labels: list[np.ndarray] = [self._nothing if low is None else low for low in self._distances[edge]]
        odds: np.ndarray = np.clip(np.stack(labels) / scale_mm, -_CLIP, _CLIP)
        return (odds - _PENALTY * max(0.0, away / self._reach - 1.0)).astype(np.float32)

    def _usual_reach(self) -> float:
        """Median number of slices from one painted slice to the next, at least 20 mm."""
        gaps = np.diff(self._indices) if len(self._indices) > 1 else np.zeros(1)
        return max(1.0, _MIN_REACH_MM / self._slice_mm, float(np.median(gaps)))


def _or_gone(distance: np.ndarray | None, other: np.ndarray | None, nothing: np.ndarray) -> np.ndarray:
    """The distance, or what makes ``other`` vanish half-way to a slice that does not hold the label."""
    if distance is not None:
        return distance
    return nothing if other is None else other - 2.0 * float(other.max())


def _column(weight: np.ndarray) -> np.ndarray:
    """(labels, 1, 1) float32, to be multiplied with slices."""
    return weight[:, None, None].astype(np.float32)
