"""Small components of a label, apart from its largest: on scans without paint they are mostly mistakes."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected_components

from fewshot_sam.volumetric.base import Problem, VolumetricStep


class SmallComponents(VolumetricStep):
    """Takes small components away where nothing is painted; painted slices are a better judge."""

    def remove(self, label_map: np.ndarray, problem: Problem) -> np.ndarray | None:
        """See :class:`VolumetricStep`; (X, Y, Z) integer to bool."""
        fraction = problem.settings.min_component_fraction
        if problem.stack.painted or fraction <= 0:
            return None
        return find_small_components(label_map, fraction)


def find_small_components(label_map: np.ndarray, min_fraction: float) -> np.ndarray:
    """Where a label has a component smaller than ``min_fraction`` of its largest, face to face connected.

    Args:
        label_map: (X, Y, Z) integer.

    Returns:
        (X, Y, Z) bool.
    """
    found = np.zeros(label_map.shape, bool)
    for number, box in enumerate(find_objects(label_map.astype(np.int32)), start=1):
        if box is None:
            continue
        components, count = connected_components(label_map[box] == number)
        if count > 1:
            sizes = np.bincount(components.ravel())
            sizes[0] = 0
            small = sizes < min_fraction * sizes.max()
            small[0] = False
            found[box] |= small[components]
    return found
