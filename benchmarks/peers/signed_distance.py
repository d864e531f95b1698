"""Shape-based interpolation: signed distances of the painted masks, linear between slices.

Raya and Udupa, "Shape-based interpolation of multidimensional objects", IEEE TMI 1990; with Euclidean
distances as Herman, Zheng and Bucholtz, 1992.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

EMPTY_SLICE_DISTANCE_PIXELS = -5.0
"""Stands for a painted slice that does not hold the label; of 1 to 200, 5 to 7 scored best."""


def interpolate(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """Slices beyond the outermost painted ones stay empty.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.
    """
    return _interpolate(volume, annotations, codes, beyond=False)


def interpolate_and_extend(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """See :func:`interpolate`; here the outermost painted masks go on unchanged to the volume's ends."""
    return _interpolate(volume, annotations, codes, beyond=True)


def _interpolate(
    volume: Volume, annotations: SparseAnnotations, codes: tuple[int, ...], beyond: bool
) -> np.ndarray:
    plane, painted = annotations.plane, sorted(annotations.slices)
    label_map = np.zeros(volume.shape, np.uint16)
    stacked = np.moveaxis(label_map, plane.axis, 0)
    distances = {i: np.stack([_signed(annotations.slices[i] == c) for c in codes]) for i in painted}
    inside = range(len(stacked)) if beyond else range(painted[0], painted[-1] + 1)
    for index in inside:
        below = max((i for i in painted if i <= index), default=painted[0])
        above = min((i for i in painted if i >= index), default=painted[-1])
        share = (index - below) / (above - below) if above > below else 0.0
        mixed = (1 - share) * distances[below] + share * distances[above]
        stacked[index] = np.where(mixed.max(0) > 0, np.array(codes, np.uint16)[mixed.argmax(0)], 0)
    return label_map


def _signed(mask: np.ndarray) -> np.ndarray:
    """Distance in pixels to the nearest pixel on the other side; positive inside."""
    if not mask.any():
        return np.full(mask.shape, EMPTY_SLICE_DISTANCE_PIXELS)
    return distance_transform_edt(mask) - distance_transform_edt(~mask)
