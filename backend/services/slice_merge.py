"""Joining what two windows painted on one slice since a version that both started from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class MergedSlice:
    """Two versions of a slice as one.

    Attributes:
        label_map: (rows, columns) uint8 label values.
        conflicting_cells: how many cells both versions changed, to different values.
    """

    label_map: np.ndarray
    conflicting_cells: int


def merge_slices(base: np.ndarray, latest: np.ndarray, sent: np.ndarray) -> MergedSlice:
    """Put the cells that ``sent`` changed since ``base`` over ``latest``; where both did, ``sent`` wins.

    Args:
        base: (rows, columns) uint8 label values that both versions started from.
        latest: the same of the version that was saved first.
        sent: the same of the version that is saved now.
    """
    changed = sent != base
    conflicts = changed & (latest != base) & (sent != latest)
    return MergedSlice(np.where(changed, sent, latest), int(np.count_nonzero(conflicts)))
