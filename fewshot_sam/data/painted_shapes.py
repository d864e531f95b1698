"""What the shapes of a label on painted slices tell before anything is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy.ndimage import distance_transform_edt

from fewshot_sam.data.boxes import box_around


def shape_overlap(painted: Mapping[int, np.ndarray], code: int) -> float | None:
    """Dice of a label between painted slices and the next ones, all together; None if no pair holds it."""
    masks = [painted[index] == code for index in sorted(painted)]
    common, areas = 0, 0
    for here, there in pairwise(masks):
        common += int(np.count_nonzero(here & there))
        areas += int(np.count_nonzero(here)) + int(np.count_nonzero(there))
    return 2.0 * common / areas if areas else None


def mean_depth_mm(painted: Mapping[int, np.ndarray], code: int, pixel_mm: tuple[float, float]) -> float:
    """Mean distance in mm of a label's pixels to the nearest one outside it, of all painted slices together.

    It is small for what is small or thin, whatever the number of pixels; 0 where the label is not painted.

    Args:
        painted: slice index to (rows, columns) integer label map.
        pixel_mm: (row, column) pixel size in mm.
    """
    inside = [np.zeros(0)]
    for image in painted.values():
        mask = image == code
        if mask.any():
            depth = distance_transform_edt(np.pad(mask[box_around(mask)], 1), sampling=pixel_mm)
            inside.append(depth[depth > 0])
    depths = np.concatenate(inside)
    return float(depths.mean()) if depths.size else 0.0
