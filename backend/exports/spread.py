"""How a label's size is spread over patients: a strip of dots, and which of them stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_VOLUMES = 5
"""Of fewer patients nothing is said to stand apart."""
FAR = 3.0
"""Robust standard deviations from the median beyond which a volume stands apart."""
_TO_DEVIATION = 1.4826  # of the median distance from the median, for values spread normally
WIDTH, HEIGHT, MARGIN = 420, 34, 10


@dataclass(frozen=True)
class Spread:
    """Sizes of one label in one unit, in the order they were given.

    Attributes:
        places: where each dot is, in pixels from the left.
        median_place: where the median is.
        apart: whether each stands apart.
    """

    values: tuple[float, ...]
    median: float
    places: tuple[float, ...]
    median_place: float
    apart: tuple[bool, ...]

    @classmethod
    def of(cls, sizes: Sequence[float]) -> Spread:
        """Of one volume or more.

        Example:
            >>> Spread.of([10.0, 11.0, 10.5, 9.5, 10.2, 30.0]).apart
            (False, False, False, False, False, True)
        """
        values = np.asarray(sizes, float)
        low, high = float(values.min()), float(values.max())
        scale = (WIDTH - 2 * MARGIN) / (high - low) if high > low else 0.0
        place = lambda value: round(MARGIN + (float(value) - low) * scale, 1)  # noqa: E731
        median = float(np.median(values))
        distances = np.abs(values - median)
        deviation = _TO_DEVIATION * float(np.median(distances))
        far = (distances > FAR * deviation) & (deviation > 0) & (len(values) >= MIN_VOLUMES)
        return cls(
            tuple(values.tolist()),
            median,
            tuple(place(value) for value in values),
            place(median),
            tuple(bool(each) for each in far),
        )
