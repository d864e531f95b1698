"""Small components of a label, apart from its largest: mostly mistakes, unless somebody painted them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected_components

from fewshot_sam.volumetric.base import Problem, VolumetricStep

_NOTHING_PAINTED: Mapping[int, np.ndarray] = MappingProxyType({})


class SmallComponents(VolumetricStep):
    """Takes small components away; where something is painted only tiny ones, and none that paint touches."""

    def remove(self, label_map: np.ndarray, problem: Problem) -> np.ndarray | None:
        """See :class:`VolumetricStep`; (slices, rows, columns) integer to bool."""
        settings, painted = problem.settings, problem.stack.painted
        fraction = settings.min_unpainted_fraction if painted else settings.min_component_fraction
        return find_small_components(label_map, fraction, painted) if fraction > 0 else None


def find_small_components(
    label_map: np.ndarray, min_fraction: float, painted: Mapping[int, np.ndarray] = _NOTHING_PAINTED
) -> np.ndarray:
    """Where a label has a component smaller than ``min_fraction`` of its largest, face to face connected.

    A component that holds a painted voxel is not looked at: a person has seen it.

    Args:
        label_map: (slices, rows, columns) integer.
        painted: slice index to (rows, columns) integer label map, put over it.

    Returns:
        (slices, rows, columns) bool; no painted voxel among them.
    """
    whole = label_map.astype(np.int32)
    for index, image in painted.items():
        whole[index] = image
    found = np.zeros(label_map.shape, bool)
    for number, box in enumerate(find_objects(whole), start=1):
        if box is None:
            continue
        components, count = connected_components(whole[box] == number)
        if count > 1:
            sizes = np.bincount(components.ravel())
            sizes[0] = 0
            small = sizes < min_fraction * sizes.max()
            small[0] = False
            for index in painted.keys() & set(range(box[0].start, box[0].stop)):
                small[np.unique(components[index - box[0].start])] = False
            found[box] |= small[components]
    return found
