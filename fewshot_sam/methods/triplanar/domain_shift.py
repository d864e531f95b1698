"""Reading a scan that a head was not fitted on: another patient, scanner or field of view.

Each rule below was measured across patients (benchmarks/RESULTS.md) and needs nothing but the scan itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected_components

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume

_LEAST_DEPTH = 0.5
"""Of the thinnest fitted volume: of a slab below it, the other two planes look like nothing seen before."""


@dataclass(frozen=True)
class Reading:
    """How a head is applied to a volume.

    Attributes:
        every_member: the members of the folds answer too; for a fitted volume they would be guessing at
            slices that the answering ones have seen.
        sides: use the embeddings of the other two planes.
        recentre: take away the volume's own mean embedding, not the fitted volumes'.
    """

    every_member: bool = False
    sides: bool = True
    recentre: bool = False


FITTED = Reading()
"""Of a volume that the head was fitted on."""


def depth_mm(volume: Volume, plane: Plane) -> float:
    """Length of the stack of slices."""
    return volume.shape[plane.axis] * volume.spacing_mm[plane.axis]


def reading_of(volume: Volume, plane: Plane, fitted: dict[str, float]) -> Reading:
    """How to read a volume with a head fitted on others.

    Args:
        fitted: content hash to depth in mm of the fitted volumes.
    """
    if volume.content_hash in fitted or not fitted:
        return FITTED
    sides = depth_mm(volume, plane) >= _LEAST_DEPTH * min(fitted.values())
    # One volume alone does not show the head how much its mean may differ; several do.
    return Reading(every_member=True, sides=sides, recentre=len(fitted) == 1)


def find_islands(label_map: np.ndarray, least_share: float) -> np.ndarray:
    """Where a label has a piece smaller than ``least_share`` of that label's largest, face to face connected.

    Args:
        label_map: (X, Y, Z) integer.

    Returns:
        (X, Y, Z) bool.
    """
    islands = np.zeros(label_map.shape, bool)
    for number, box in enumerate(find_objects(label_map.astype(np.int32)), start=1):
        if box is None:
            continue
        pieces, count = connected_components(label_map[box] == number)
        if count > 1:
            sizes = np.bincount(pieces.ravel())
            sizes[0] = 0
            small = sizes < least_share * sizes.max()
            small[0] = False
            islands[box] |= small[pieces]
    return islands
