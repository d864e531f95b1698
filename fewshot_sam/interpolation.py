"""What the painted slices alone say about the slices between them: interpolated signed distances."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

_CLIP = 6.0
"""Log-odds are limited to this, so that the decoder can overrule the interpolation."""
_SHIFT_PER_MM = 0.3
"""Contours are taken to move this many mm in the plane for each mm along the normal."""


def signed_distance_mm(mask: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
    """Distance to the mask's contour, positive inside; (rows, columns) bool to float32 in mm.

    An empty mask is everywhere as far outside as the slice is long.
    """
    if not mask.any():
        return np.full(mask.shape, -float(np.hypot(*(np.multiply(mask.shape, spacing_mm)))), np.float32)
    inside = distance_transform_edt(mask, sampling=spacing_mm)
    outside = distance_transform_edt(~mask, sampling=spacing_mm)
    return (inside - outside).astype(np.float32)


class DistanceInterpolator:
    """Log-odds of each class on any slice, from the nearest painted slices on both sides.

    Between two painted slices the signed distances are interpolated linearly; beyond the outermost ones
    the nearest is held. They count less the farther the nearest painted slice is.

    Args:
        painted: slice index to (rows, columns) label map.
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
        self._indices = sorted(painted)
        self._slice_mm = slice_mm
        self._tolerance_mm = float(np.sqrt(pixel_mm[0] * pixel_mm[1]))
        self._distances = {
            index: np.stack(
                [signed_distance_mm(image == 0, pixel_mm)]
                + [signed_distance_mm(image == code, pixel_mm) for code in codes]
            )
            for index, image in painted.items()
        }

    def log_odds(self, index: int) -> np.ndarray:
        """(classes, rows, columns) float32, background first, within +-6."""
        first, last = self._indices[0], self._indices[-1]
        below = max((i for i in self._indices if i <= index), default=first)
        above = min((i for i in self._indices if i >= index), default=last)
        weight = (index - below) / (above - below) if above > below else 0.0
        distance = (1 - weight) * self._distances[below] + weight * self._distances[above]
        gap = min(abs(index - below), abs(above - index))
        scale_mm = self._tolerance_mm + _SHIFT_PER_MM * gap * self._slice_mm
        return np.clip(distance / scale_mm, -_CLIP, _CLIP)
