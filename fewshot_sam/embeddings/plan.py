"""What to encode of a volume, and in which order.

A slice's embedding knows nothing of the slices above and below. The same voxel lies on a slice of each of the
two orthogonal planes, where the encoder sees just that: where the liver meets the lung, where a vertebra
ends. So a method may read slices of all three planes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fewshot_sam.data.planes import Plane

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.encoders.base import Encoder


def slices_to_encode(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    painted: list[int] | None = None,
    orthogonal: bool = True,
) -> dict[Plane, list[int]]:
    """Which canonical slices of each plane a method reads, the annotation plane first.

    Of the orthogonal planes, slices as far apart as embedding cells of the annotation plane are wide, since
    nothing finer is known between them.

    Args:
        plane: the annotation plane.
        painted: of the annotation plane only these slices; default all.
        orthogonal: also slices of the other two planes.

    Returns:
        Slice indices by plane, ascending.
    """
    wanted = {plane: list(range(volume.slice_count(plane))) if painted is None else sorted(painted)}
    if not orthogonal:
        return wanted
    across = [axis for axis in range(3) if axis != plane.axis]
    longest_mm = max(volume.shape[axis] * volume.spacing_mm[axis] for axis in across)
    for other in (each for each in Plane if each != plane):
        count = volume.slice_count(other)
        stride = max(1, int(longest_mm / encoder.grid_size / volume.spacing_mm[other.axis]))
        wanted[other] = list(range(min(stride // 2, count - 1), count, stride))
    return wanted


def nearest_first(indices: list[int], centre: int) -> list[int]:
    """Slice indices in the order they are encoded: those a person looks at come before the others."""
    return sorted(indices, key=lambda index: (abs(index - centre), index))
