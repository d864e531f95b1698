"""A plane's slices as a stack, in the orientation they are displayed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewshot_sam.data.planes import Plane
    from fewshot_sam.data.volume import Volume


@dataclass(frozen=True)
class StackAxes:
    """The axes of a plane's slices as a stack: (slices, rows, columns) in display orientation.

    Attributes:
        order: canonical axis of slices, rows and columns.
        shape: voxels along them.
    """

    order: tuple[int, int, int]
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, volume: Volume, plane: Plane) -> StackAxes:
        """The stack of a volume's slices."""
        columns, rows = (axis for axis in range(3) if axis != plane.axis)
        order = (plane.axis, rows, columns)
        return cls(order, (volume.shape[order[0]], volume.shape[order[1]], volume.shape[order[2]]))

    def spacing_mm(self, volume: Volume) -> tuple[float, float, float]:
        """Voxel size along slices, rows and columns."""
        slices, rows, columns = (volume.spacing_mm[axis] for axis in self.order)
        return slices, rows, columns


def depth_mm(volume: Volume, plane: Plane) -> float:
    """Length in mm of a plane's stack of slices."""
    return volume.shape[plane.axis] * volume.spacing_mm[plane.axis]
