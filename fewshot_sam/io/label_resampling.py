"""Label maps of another grid on the scan's, where that is asked for: each voxel gets the nearest label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, OtherGridError
from fewshot_sam.io.placement import orientation_onto, placements
from fewshot_sam.io.source import SourceImage


def on_same_grid(label_map: SourceImage, target: SourceGrid) -> SourceImage:
    """The label map itself where it lies on the grid, else resampled by nearest neighbour; a note says so.

    Both are placed by what their files' sform says where that is there, else by the qform. What the label
    map does not cover is background.

    Raises:
        GeometryError: it covers nothing of the grid, or fits it in two ways.
    """
    try:
        orientation_onto(label_map.grid, target)
    except OtherGridError:
        return _resampled(label_map, target)
    return label_map


def _resampled(label_map: SourceImage, target: SourceGrid) -> SourceImage:
    to_source = np.linalg.inv(placements(label_map.grid)[0]) @ placements(target)[0]
    array = np.zeros(target.shape, label_map.array.dtype, order="F")
    columns, rows, slices = target.shape
    first, second = np.arange(columns)[:, None], np.arange(rows)[None, :]
    covered = 0
    for k in range(slices):
        index, inside = [], np.ones((columns, rows), bool)
        for axis, length in enumerate(label_map.array.shape):
            to_first, to_second, to_third, start = to_source[axis]
            place = np.rint(first * to_first + second * to_second + (k * to_third + start)).astype(np.intp)
            inside &= (place >= 0) & (place < length)
            index.append(place)
        array[:, :, k][inside] = label_map.array[tuple(place[inside] for place in index)]
        covered += int(np.count_nonzero(inside))
    if not covered:
        raise GeometryError(
            f"The label map must lie on the image, but '{label_map.name}' has no place in common with it. "
            "Is it the label map of another scan, or was the image moved since?"
        )
    note = f"'{label_map.name}' was on another grid than the image: each voxel got the label nearest to it."
    if covered < array.size:
        note += f" {array.size - covered} voxels that it does not cover are background."
    return replace(label_map, array=array, grid=target, metadata=label_map.with_note(note))
