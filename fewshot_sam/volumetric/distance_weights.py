"""How much interpolated distances count beside the model: by the gaps and by each label's shapes.

Every number here is measured, see benchmarks/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.painted_shapes import shape_overlap

_EVEN_GAP_MM, _MIN_WEIGHT, _MAX_WEIGHT = 20.0, 0.25, 4.0
_EVEN_OVERLAP = 0.4
"""Of a label's shapes on neighbouring painted slices; interpolation is worth more above it, less below."""
_MIN_FACTOR, _MAX_FACTOR, _MAX_LABEL_WEIGHT = 0.35, 2.5, 5.0
_MAX_WEIGHT_BEYOND = 0.5
_EVEN_BEYOND_MM, _TUBE_OVERLAP, _TUBE_EXPONENT = 10.0, 0.8, 6.0
"""This far outside the painted range a shape that overlaps so much counts as much as the model."""
_EXPONENT = 1.5


@dataclass(frozen=True, eq=False)
class DistanceWeights:
    """Of the log-odds that interpolated distances give each label.

    Attributes:
        within: (labels,) float64, between painted slices.
        beyond: (labels,) float64, 0 or more, how far each label's outermost shape can be carried on outside
            the painted range; see :meth:`outside`.
    """

    within: np.ndarray
    beyond: np.ndarray

    def outside(self, away_mm: float) -> np.ndarray:
        """(labels,) float64, ``away_mm`` outside the painted range; nowhere more than within."""
        carried_on = self.beyond * (_EVEN_BEYOND_MM / away_mm) ** _EXPONENT
        return np.minimum(self.within, np.maximum(_MAX_WEIGHT_BEYOND, carried_on))


def distance_weights(
    painted: Mapping[int, np.ndarray], codes: tuple[int, ...], slice_mm: float, given: float | None = None
) -> DistanceWeights:
    """The weights that suit what is painted, if none is given.

    A label whose shapes on neighbouring painted slices overlap is interpolated well, and a tube such as the
    spinal cord may be carried on outside the painted range, where nothing says that it ends. One that moves
    or branches, such as the portal vein, is the model's to find.

    Args:
        painted: slice index to (rows, columns) integer label map.
        codes: the labels, without background.
        slice_mm: distance of slices in mm.
        given: the setting; one weight for all labels.
    """
    if given is not None:
        return DistanceWeights(np.full(len(codes), given), np.zeros(len(codes)))
    usual = gap_weight(list(painted), slice_mm)
    within, beyond = [], []
    for code in codes:
        overlap = shape_overlap(painted, code)
        factor = 1.0
        if overlap is not None:
            factor = float(np.clip((overlap / _EVEN_OVERLAP) ** _EXPONENT, _MIN_FACTOR, _MAX_FACTOR))
        within.append(float(np.clip(usual * factor, _MIN_WEIGHT, _MAX_LABEL_WEIGHT)))
        beyond.append(((overlap or 0.0) / _TUBE_OVERLAP) ** _TUBE_EXPONENT)
    return DistanceWeights(np.array(within), np.array(beyond))


def gap_weight(indices: list[int], slice_mm: float) -> float:
    """What suits a label of usual shape, from the usual gap between painted slices.

    Shapes hardly change over 10 mm, and over 40 mm interpolation is a guess.
    """
    if len(indices) < 2:
        return _MIN_WEIGHT
    gap_mm = float(np.median(np.diff(sorted(indices)))) * slice_mm
    return float(np.clip((_EVEN_GAP_MM / gap_mm) ** _EXPONENT, _MIN_WEIGHT, _MAX_WEIGHT))
