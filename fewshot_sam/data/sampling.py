"""A sample of a volume's voxels, where all of them would take too long."""

from __future__ import annotations

import numpy as np


def sample_of(voxels: np.ndarray, most: int) -> np.ndarray:
    """At most ``most`` values, always the same ones, from random places: a stride could stay in few columns.

    Args:
        voxels: (X, Y, Z) int16 or float32.

    Returns:
        (n,) of the same dtype; all values where there are no more than ``most``.
    """
    values = voxels.ravel(order="K")
    if values.size <= most:
        return values
    return values[np.random.default_rng(0).integers(0, values.size, most)]
