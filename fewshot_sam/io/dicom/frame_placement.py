"""Where the pixels of an object made of a scan lie on the scan's grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError
from fewshot_sam.io.dicom.frames import DicomFrame
from fewshot_sam.io.dicom.source_slices import pixel_axes
from fewshot_sam.io.placement import SAME_PLACE_MM, placements

_MAX_APART_IN_PLANE = 0.25
"""How far pixels may be from voxels, in voxels: those of another grid are often half a one off."""
_MAX_APART_ACROSS = 0.49
"""The same across the slices, each of which has one that is nearest: tables do not return exactly."""


@dataclass(frozen=True, eq=False)
class FramePlacement:
    """Which voxels of a stored grid the pixels of a frame are; they may lie beyond it.

    Attributes:
        start: (3,) int64, stored index of the first pixel.
        by_row, by_column: (3,) int64, the step to the next row and column: 1 or -1 along one axis.
    """

    start: np.ndarray
    by_row: np.ndarray
    by_column: np.ndarray

    def voxels(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(3, N) int64 stored indices of N pixels."""
        return self.start[:, None] + self.by_row[:, None] * rows + self.by_column[:, None] * columns


def placement_on(frame: DicomFrame, target: SourceGrid) -> FramePlacement:
    """Where a frame lies on the grid of a scan.

    Args:
        target: placed by its sform or its qform, where its file states both.

    Raises:
        GeometryError: it lies between the voxels, or states no position.
    """
    axes = pixel_axes(frame)
    size = (int(frame.get("Rows")), int(frame.get("Columns")))
    for affine in placements(target):
        found = _fit(np.linalg.inv(affine), axes, size)
        if found is not None:
            return found
    spacing = frame.numbers("PixelSpacing", 2)
    stated = " x ".join(f"{each:.4g}" for each in ([] if spacing is None else spacing))
    own = " x ".join(f"{each:.4g}" for each in np.linalg.norm(placements(target)[0][:3, :3], axis=0))
    raise GeometryError(
        "The labels must lie on the image's voxels, but they lie between them: their pixels are "
        f"{stated} mm wide, the image's voxels {own} mm. Are they of another series? "
        "Import them for the scan that they were made of."
    )


def _fit(
    to_voxel: np.ndarray, axes: tuple[np.ndarray, np.ndarray, np.ndarray], size: tuple[int, int]
) -> FramePlacement | None:
    origin, by_column, by_row = ((to_voxel @ axis)[:3] for axis in axes)
    start, row_step, column_step = (np.rint(each).astype(np.int64) for each in (origin, by_row, by_column))
    if any(np.abs(step).sum() != 1 for step in (row_step, column_step)) or row_step @ column_step:
        return None
    across = (row_step == 0) & (column_step == 0)
    allowed = np.where(across, _MAX_APART_ACROSS, _MAX_APART_IN_PLANE)
    voxel_mm = 1 / np.linalg.norm(to_voxel[:3, :3], axis=1)
    last_row, last_column = size[0] - 1, size[1] - 1
    for row, column in ((0, 0), (last_row, 0), (0, last_column), (last_row, last_column)):
        stated = origin + row * by_row + column * by_column
        apart = np.abs(stated - (start + row * row_step + column * column_step))
        if (apart > allowed).any() or np.linalg.norm(apart * voxel_mm) > SAME_PLACE_MM:
            return None
    return FramePlacement(start, row_step, column_step)
