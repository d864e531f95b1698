"""Where label maps of one scan by several people are not the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SliceDifference:
    """A slice on which two label maps differ.

    Attributes:
        voxels: how many are not the same.
        codes: labels that one of the two holds on them, ascending, without background.
    """

    index: int
    voxels: int
    codes: tuple[int, ...]


def differing_slices(first: np.ndarray, second: np.ndarray, axis: int) -> list[SliceDifference]:
    """Slices across an axis that are not the same, those that differ most first.

    Args:
        first, second: (X, Y, Z) integer label maps of one shape, 0 is background.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> import numpy as np
        >>> first, second = np.zeros((2, 2, 2, 3), np.uint8)
        >>> second[0, 0, 1], second[:, 0, 2] = 4, 5
        >>> [(each.index, each.voxels, each.codes) for each in differing_slices(first, second, 2)]
        [(2, 2, (5,)), (1, 1, (4,))]
    """
    _require_one_shape([first, second])
    found = []
    pairs = zip(np.moveaxis(first, axis, 0), np.moveaxis(second, axis, 0), strict=True)
    for index, (one, other) in enumerate(pairs):
        where = one != other
        if count := int(where.sum()):
            codes = np.union1d(one[where], other[where])
            found.append(SliceDifference(index, count, tuple(int(code) for code in codes if code)))
    return sorted(found, key=lambda each: (-each.voxels, each.index))


def disputed(label_maps: Sequence[np.ndarray]) -> np.ndarray:
    """(X, Y, Z) bool, True where label maps are not all the same.

    Args:
        label_maps: at least one, (X, Y, Z) integer of one shape.

    Raises:
        ValueError: if there is none, or the shapes differ.
    """
    _require_one_shape(label_maps)
    differ = np.zeros(label_maps[0].shape, bool)
    for other in label_maps[1:]:
        differ |= label_maps[0] != other
    return differ


def _require_one_shape(label_maps: Sequence[np.ndarray]) -> None:
    shapes = {each.shape for each in label_maps}
    if len(shapes) != 1:
        raise ValueError(f"label maps must have one shape, got {sorted(shapes) or 'none'}")
