"""The hand: how fast and how exactly a person paints, written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from tests.e2e.strokes import Contour

POINT_MM = 1.0
"""Distance of the mouse positions along an outline: 25 a second at the hand's speed."""
TREMOR_LENGTH_MM = 3.0
"""Over which the tremor goes one way."""


@dataclass(frozen=True)
class HandModel:
    """A practised person with a mouse.

    Attributes:
        reading_s: to take in a slice one has come to, or a new mask.
        box_s: to drag a box around a structure.
        stroke_s: to begin and end an outline, by lasso or brush.
        stroke_mm_per_s: along the outline.
        press_s: a click or a key.
        letter_s: of a name that is typed.
        slices_per_s: scrolling.
        tremor_mm: root mean square distance of the line from the one that was meant.
        max_error_voxels: the line is never farther from the reference.
        visible_mm2: where an outline that is shown is off by more than ``max_error_voxels`` over such an
            area, the hand mends it.
        min_box_dice: an outline that a box gave is taken from here on, else drawn by lasso; a person sees
            against the image how good it is.
    """

    reading_s: float = 2.0
    box_s: float = 3.0
    stroke_s: float = 1.0
    stroke_mm_per_s: float = 25.0
    press_s: float = 0.5
    letter_s: float = 0.2
    slices_per_s: float = 10.0
    tremor_mm: float = 0.5
    max_error_voxels: float = 1.0
    visible_mm2: float = 20.0
    min_box_dice: float = 0.85

    def drawing_s(self, length_mm: float) -> float:
        """Seconds for an outline of that length."""
        return self.stroke_s + length_mm / self.stroke_mm_per_s

    def scrolling_s(self, slices: int) -> float:
        """Seconds to scroll so many slices, in either direction."""
        return abs(slices) / self.slices_per_s

    def naming_s(self, name: str) -> float:
        """Seconds for a new label: a click into its field, the name, Enter."""
        return 2 * self.press_s + self.letter_s * len(name)


def length_mm(contour: Contour, spacing_mm: tuple[float, float]) -> float:
    """Length of a contour, closed.

    Args:
        contour: points (i, j) in voxels.
        spacing_mm: of i and j.
    """
    points = _closed_mm(contour, spacing_mm)
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def drawn(
    contour: Contour, spacing_mm: tuple[float, float], hand: HandModel, rng: np.random.Generator
) -> Contour:
    """The contour as the hand draws it: a position each :data:`POINT_MM`, none exactly where it was meant.

    Args:
        contour: points (i, j) in voxels, as meant.
        spacing_mm: of i and j.
    """
    line = _resampled(_closed_mm(contour, spacing_mm))
    tremor = gaussian_filter1d(
        rng.standard_normal(line.shape), TREMOR_LENGTH_MM / POINT_MM, axis=0, mode="wrap"
    )
    size = np.sqrt((tremor**2).sum(1).mean())
    tremor *= hand.tremor_mm / size if size else 0.0
    limit_mm = hand.max_error_voxels * min(spacing_mm)
    distance = np.linalg.norm(tremor, axis=1, keepdims=True)
    tremor *= np.minimum(1.0, limit_mm / np.maximum(distance, 1e-9))
    return [(float(i), float(j)) for i, j in (line + tremor) / np.asarray(spacing_mm)]


def _closed_mm(contour: Contour, spacing_mm: tuple[float, float]) -> np.ndarray:
    points = np.asarray(contour, float) * spacing_mm
    return points if (points[0] == points[-1]).all() else np.vstack([points, points[:1]])


def _resampled(points: np.ndarray) -> np.ndarray:
    """(n, 2) points along a closed (N, 2) line in mm, at least 8, the last one short of the first."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    count = max(8, round(along[-1] / POINT_MM))
    places = np.linspace(0.0, along[-1], count, endpoint=False)
    return np.stack([np.interp(places, along, points[:, axis]) for axis in range(2)], axis=1)
