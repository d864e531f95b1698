"""Where on a volume something is painted, and how far from it labels are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fewshot_sam.data.planes import from_display

if TYPE_CHECKING:
    from fewshot_sam.data.planes import Plane
    from fewshot_sam.data.volume import Volume

REACH_MM = 40.0
"""Labels are looked for this far from the painted ones; what that costs: benchmarks/RESULTS.md."""
_REACH_GAPS = 1.5
"""Beyond the outermost painted slices at least this many of the usual gaps between them."""

Spans = tuple[range, range, range]


@dataclass(frozen=True)
class PaintedRegion:
    """What the plan of encodings knows of the painted slices.

    Attributes:
        slices: painted slices of the annotation plane, ascending.
        spans: of the canonical axes, where labels are looked for; None for the whole volume.
    """

    slices: tuple[int, ...] = ()
    spans: Spans | None = None

    @classmethod
    def of(cls, volume: Volume, plane: Plane, painted: Mapping[int, np.ndarray]) -> PaintedRegion:
        """The region of painted slices.

        With labels on fewer than two slices it is not known how far they may go on: it is the whole volume.

        Args:
            painted: by canonical index: (rows, columns) uint16 label maps, display orientation.
        """
        held = sorted(index for index, image in painted.items() if image.any())
        if len(held) < 2:
            return cls(tuple(sorted(painted)))
        anywhere = from_display(np.logical_or.reduce([painted[index] != 0 for index in held]))
        usual_gap = float(np.median(np.diff(held)))
        bounds = {
            plane.axis: (
                held[0],
                held[-1],
                max(REACH_MM, _REACH_GAPS * usual_gap * volume.spacing_mm[plane.axis]),
            )
        }
        for along, axis in enumerate(axis for axis in range(3) if axis != plane.axis):
            places = np.flatnonzero(anywhere.any(axis=1 - along))
            bounds[axis] = int(places[0]), int(places[-1]), REACH_MM
        x, y, z = (_span(*bounds[axis], volume.spacing_mm[axis], volume.shape[axis]) for axis in range(3))
        return cls(tuple(sorted(painted)), (x, y, z))

    def everywhere(self) -> PaintedRegion:
        """The same slices, and labels looked for in the whole volume."""
        return PaintedRegion(self.slices)

    def within(self, axis: int, indices: list[int]) -> list[int]:
        """Which slices across a canonical axis are in the region; the middle one where none is."""
        if self.spans is None:
            return indices
        return [index for index in indices if index in self.spans[axis]] or indices[len(indices) // 2 :][:1]


def _span(first: int, last: int, reach_mm: float, spacing_mm: float, length: int) -> range:
    reach = int(np.ceil(reach_mm / spacing_mm))
    return range(max(0, first - reach), min(length, last + 1 + reach))


NOTHING_PAINTED = PaintedRegion()
