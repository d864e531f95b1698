"""A label map on the frames of the DICOM files that its volume came from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError
from fewshot_sam.io.dicom.frames import DicomFrame
from fewshot_sam.io.dicom.geometry import LPS_TO_RAS
from fewshot_sam.io.stacking import FAR_END_MM

_ROUNDED_MM = 0.1
"""Files may state positions rounded to this."""
_NO_STEP = 1e-3
"""Voxels over a whole row or column that are as good as none."""


def on_source_slices(label_map: np.ndarray, volume: Volume, frames: Sequence[DicomFrame]) -> np.ndarray:
    """The labels of each pixel of each source frame.

    The volume's slices are the frames, pixel for pixel; but where they were put on a regular grid on import,
    a pixel takes the label of the voxel it lies in.

    Args:
        label_map: canonical (X, Y, Z) integers.
        frames: that the volume came from, ascending along their normal.

    Returns:
        (frames, rows, columns) of the label map's dtype.

    Raises:
        GeometryError: the frames are of another scan than the volume, or state no position.
    """
    axes = [pixel_axes(frame) for frame in frames]
    rows, columns = int(frames[0].get("Rows")), int(frames[0].get("Columns"))
    if _are_slices(axes, (columns, rows, len(frames)), volume):
        return volume.source.from_canonical(label_map)[:, ::-1, :].T
    to_voxel = np.linalg.inv(volume.affine)
    placed = np.zeros((len(frames), rows, columns), label_map.dtype)
    is_apart = True
    for labels, each in zip(placed, axes, strict=True):
        origin, by_column, by_row = (to_voxel @ vector for vector in each)
        index = _nearest(origin, by_column, by_row, rows, columns)
        inside = np.ones((1, 1), bool)
        for place, length in zip(index, volume.shape, strict=True):
            inside = inside & (place >= 0) & (place < length)
        is_apart = is_apart and not inside.any()
        kept = [np.clip(place, 0, length - 1) for place, length in zip(index, volume.shape, strict=True)]
        labels[...] = np.where(inside, label_map[tuple(kept)], 0)
    if is_apart:
        raise GeometryError(
            "The volume must come from the DICOM files, but none of their pixels lies within it. "
            "Give the files of the same scan."
        )
    return placed


def _are_slices(axes: Sequence[Sequence[np.ndarray]], shape: tuple[int, int, int], volume: Volume) -> bool:
    """Whether the frames are the slices of the volume's own grid, as exactly as a regular grid must be."""
    if shape != tuple(volume.source.shape):
        return False
    columns, rows, _ = shape
    stored = np.diag([volume.source.unit_mm] * 3 + [1.0]) @ volume.source.affine
    ends = [(column, row) for column in (0, columns - 1) for row in (0, rows - 1)]
    for k, (origin, by_column, by_row) in enumerate(axes):
        pixels = [origin + column * by_column + row * by_row for column, row in ends]
        voxels = [stored @ [column, rows - 1 - row, k, 1.0] for column, row in ends]
        apart_mm = np.linalg.norm(np.subtract(pixels, voxels)[:, :3], axis=1).max()
        if apart_mm > FAR_END_MM + _ROUNDED_MM:
            return False
    return True


def _nearest(
    origin: np.ndarray, by_column: np.ndarray, by_row: np.ndarray, rows: int, columns: int
) -> list[np.ndarray]:
    """Along each axis the index of the voxel that each pixel lies in; broadcasts to (rows, columns)."""
    index = []
    for axis in range(3):
        place = np.full((1, 1), origin[axis])
        for step, numbers in (
            (by_row[axis], np.arange(rows)[:, None]),
            (by_column[axis], np.arange(columns)),
        ):
            if abs(step) * numbers.size > _NO_STEP:
                place = place + step * numbers
        index.append(np.rint(place).astype(np.intp))
    return index


def pixel_axes(frame: DicomFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the pixels of a frame are.

    Returns:
        Three (4,) float64, homogeneous RAS+ in mm: the first pixel's centre, the step to the next column and
        to the next row.

    Raises:
        GeometryError: the frame does not state it.
    """
    position = frame.numbers("ImagePositionPatient", 3)
    orientation, spacing = frame.numbers("ImageOrientationPatient", 6), frame.numbers("PixelSpacing", 2)
    if position is None or orientation is None or spacing is None:
        raise GeometryError(
            "Every DICOM slice must state its position, orientation and pixel spacing, but at least one does "
            "not. Choose the series that the volume came from."
        )
    along_columns, along_rows = (axis / np.linalg.norm(axis) for axis in orientation.reshape(2, 3))
    return (
        LPS_TO_RAS @ [*position, 1.0],
        LPS_TO_RAS @ [*(along_columns * spacing[1]), 0.0],
        LPS_TO_RAS @ [*(along_rows * spacing[0]), 0.0],
    )
