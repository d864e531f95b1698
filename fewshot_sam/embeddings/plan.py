"""What to encode of a volume, and in which order.

A slice's embedding knows nothing of the slices above and below. The same voxel lies on a slice of each of the
two orthogonal planes, where the encoder sees just that: where the liver meets the lung, where a vertebra
ends. So a method may read slices of all three planes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fewshot_sam.data.planes import Plane
from fewshot_sam.embeddings.painted_region import NOTHING_PAINTED, PaintedRegion

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.encoders.base import Encoder


FEW_PAINTED = 5
"""With fewer painted slices, halving the orthogonal planes' cost 0.004 to 0.007 Dice; from 5 on, nothing."""
_HALVED_FROM = 1.5
"""Slices to a cell; from here on every second one is at most a cell and a third from the next."""


def slices_to_encode(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    painted: PaintedRegion = NOTHING_PAINTED,
    whole: bool = True,
    orthogonal: bool = True,
) -> dict[Plane, list[int]]:
    """Which canonical slices of each plane a method reads, the annotation plane first.

    They are about as far apart as embedding cells of the annotation plane are wide: nothing finer is known
    across a slice, and between slices embeddings are interpolated. How much that costs was measured on four
    cases (benchmarks/RESULTS.md): nothing in the annotation plane. Where something is painted, only slices
    through the region around it are read.

    Args:
        plane: the annotation plane.
        painted: its slices are always encoded, and of all others only those within its spans.
        whole: of the annotation plane also the slices between the painted ones.
        orthogonal: also slices of the other two planes; unrelated pictures have none.

    Returns:
        Slice indices by plane, ascending.
    """
    across = [axis for axis in range(3) if axis != plane.axis]
    cell_mm = max(volume.shape[axis] * volume.spacing_mm[axis] for axis in across) / encoder.grid_size
    found = set(painted.slices)
    if whole:
        count = volume.slice_count(plane)
        stride = max(1, round(cell_mm / volume.spacing_mm[plane.axis]))
        every = {0, count - 1} | set(range(min(stride // 2, count - 1), count, stride))
        found |= set(painted.within(plane.axis, sorted(every)))
    wanted = {plane: sorted(found)}
    for other in (each for each in Plane if each != plane and orthogonal and not volume.pictures):
        fine, coarse = _orthogonal(volume.slice_count(other), cell_mm / volume.spacing_mm[other.axis])
        wanted[other] = painted.within(other.axis, fine if len(painted.slices) < FEW_PAINTED else coarse)
    return wanted


def _orthogonal(count: int, slices_a_cell: float) -> tuple[list[int], list[int]]:
    """An orthogonal plane's slices: at most a cell apart, and where every second is about a cell, those."""
    stride = max(1, int(slices_a_cell))
    fine = list(range(min(stride // 2, count - 1), count, stride))
    halved = slices_a_cell / stride >= _HALVED_FROM and len(fine) > 1
    return fine, fine[1::2] if halved else fine


def coarse_to_fine(wanted: Mapping[Plane, list[int]]) -> list[tuple[Plane, list[int]]]:
    """In which order slices are encoded: the annotation plane, then half of each other plane, then the rest.

    A run from many painted slices can begin when the first halves are done.
    """
    (plane, slices), *others = wanted.items()
    halves = [(other, found[start::2]) for start in (1, 0) for other, found in others]
    return [(plane, slices), *(half for half in halves if half[1])]


def nearest_first(indices: list[int], centre: int) -> list[int]:
    """Slice indices in the order they are encoded: those a person looks at come before the others."""
    return sorted(indices, key=lambda index: (abs(index - centre), index))
