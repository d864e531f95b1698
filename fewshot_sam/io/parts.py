"""Label maps of a part of a scan, as 3D Slicer crops them to what is labelled, on the whole of its grid."""

from __future__ import annotations

from dataclasses import replace

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.io.placement import SAME_PLACE_MM, corners, placements
from fewshot_sam.io.source import SourceImage

_MAX_APART = 0.25
"""How far voxels may be from the scan's, in voxels: those of another grid are often half a one off."""


def on_whole(label_map: SourceImage, target: SourceGrid) -> SourceImage:
    """A label map of a part of the grid, in a format that has such, on all of it; others as they are.

    What lies outside of the grid is left out. Metadata's notes say what part it is, in voxels.
    """
    found = _place(label_map.grid, target) if label_map.may_be_part else None
    if found is None:
        return label_map
    orientation, start = found
    turned = nio.apply_orientation(label_map.array, orientation)
    if turned.shape == tuple(target.shape) and not any(start):
        return label_map
    here, there = [], []
    for first, length, most in zip(start, turned.shape, target.shape, strict=True):
        here.append(slice(max(first, 0), min(first + length, most)))
        there.append(slice(max(-first, 0), min(most - first, length)))
    if any(part.stop <= part.start for part in here):
        return label_map
    array = np.zeros(target.shape, label_map.array.dtype, order="F")
    array[tuple(here)] = turned[tuple(there)]
    left_out = int(np.count_nonzero(turned)) - int(np.count_nonzero(array))
    sizes = " x ".join(str(part.stop - part.start) for part in here)
    whole = " x ".join(map(str, target.shape))
    note = f"'{label_map.name}' covers {sizes} of the image's {whole} voxels; the others are background."
    if left_out:
        note += f" {left_out} of its labelled voxels lie outside of the image and were left out."
    return replace(label_map, array=array, grid=target, metadata=label_map.with_note(note))


def _place(grid: SourceGrid, target: SourceGrid) -> tuple[np.ndarray, list[int]] | None:
    """How the axes are turned to the target's, and where on it the first voxel is; None if it is no part."""
    for theirs in placements(target):
        for own in placements(grid):
            to_target = np.linalg.inv(theirs) @ own
            steps = np.rint(to_target)
            if not np.array_equal(np.abs(steps[:3, :3]).sum(axis=0), np.ones(3)):
                continue
            apart = (to_target - steps) @ corners(grid.shape)
            apart_mm = np.linalg.norm(theirs[:3, :3] @ apart[:3], axis=0).max()
            if apart_mm <= SAME_PLACE_MM and np.abs(apart[:3]).max() <= _MAX_APART:
                first = (steps @ corners(grid.shape))[:3].min(axis=1)
                return nio.io_orientation(steps), first.astype(int).tolist()
    return None
