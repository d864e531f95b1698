"""The reference itself, smoothed by one voxel: the ceiling that a Dice near 0.97 should be read against.

No segmentation, and no peer. It stands for a second reader of the same scan, who is not to be had here.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import find_objects, gaussian_filter

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

SIGMA_VOXELS = 1.0
_REACH = 4
"""Voxels around a label beyond which the smoothed mask is below one half."""


def smooth(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """Each label's mask under a Gaussian of one voxel along each axis, where that is above one half.

    No two labels can be above one half in the same voxel.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.
    """
    reference = np.zeros(volume.shape, np.uint16)
    stacked = np.moveaxis(reference, annotations.plane.axis, 0)
    for index, painted in annotations.slices.items():
        stacked[index] = painted
    smoothed = np.zeros_like(reference)
    for code, box in enumerate(find_objects(reference), start=1):
        if box is None or code not in codes:
            continue
        around = tuple(slice(max(side.start - _REACH, 0), side.stop + _REACH) for side in box)
        share = gaussian_filter((reference[around] == code).astype(np.float32), SIGMA_VOXELS, mode="nearest")
        smoothed[around][share > 0.5] = code
    return smoothed
