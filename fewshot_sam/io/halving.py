"""Images too large for this machine at half resolution: a voxel for each block of 2 x 2 x 2, slice by slice.

An image's is their mean. A label map's is the label that most of them hold, where a quarter of them holds it,
so that a slice which was painted alone stays. Blocks at the far ends may be of fewer voxels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.resolution import half_shape
from fewshot_sam.io.limits import HALF_LABELS, ReadLimits
from fewshot_sam.io.source import SourceImage

_LEAST_LABELLED = 2
"""Of the eight voxels of a block."""
_NOTE = (
    "Opened at half resolution, each voxel the mean of 2 x 2 x 2 of the file's, because it is too large for "
    "this machine. Masks are exported on the grid of the file."
)


class Halver(Protocol):
    """Takes the slices of an image, ascending, and makes the half one."""

    def add(self, k: int, voxels: np.ndarray) -> None:
        """The (I, J) slice ``k``, any integer or float dtype."""

    def array(self) -> np.ndarray:
        """The half image, (I, J, K) of the integer or float dtype that was told, in Fortran order."""


class _Means:
    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype) -> None:
        self._last, self._dtype = shape[2] - 1, dtype
        self._sums = np.zeros(half_shape(shape), np.float32, order="F")

    def add(self, k: int, voxels: np.ndarray) -> None:
        alone = k == self._last and k % 2 == 0
        self._sums[:, :, k // 2] += _blocks(voxels).mean(axis=(1, 3), dtype=np.float32) * (
            1 if alone else 0.5
        )

    def array(self) -> np.ndarray:
        whole = self._dtype.kind in "iu"
        return (np.rint(self._sums) if whole else self._sums).astype(self._dtype.newbyteorder("="), order="F")


class _Labels:
    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype) -> None:
        self._last = shape[2] - 1
        self._half = np.zeros(half_shape(shape), dtype.newbyteorder("="), order="F")
        self._before: np.ndarray | None = None

    def add(self, k: int, voxels: np.ndarray) -> None:
        if k % 2 == 0 and k != self._last:
            self._before = np.array(voxels)
            return
        pair = [voxels] if k % 2 == 0 or self._before is None else [self._before, voxels]
        cells = np.concatenate(
            [_blocks(each).transpose(1, 3, 0, 2).reshape(4, *self._half.shape[:2]) for each in pair]
        )
        votes = np.stack([(cells == each).sum(axis=0) * (each != 0) for each in cells])
        most = votes.argmax(axis=0)[None]
        enough = np.take_along_axis(votes, most, 0)[0] >= _LEAST_LABELLED
        self._half[:, :, k // 2] = np.where(enough, np.take_along_axis(cells, most, 0)[0], 0)

    def array(self) -> np.ndarray:
        return self._half


def halver(shape: tuple[int, int, int], dtype: np.dtype, limits: ReadLimits) -> Halver:
    """What halves an image, or a label map, of this shape and type, as ``limits`` say."""
    return (_Labels if limits.half == HALF_LABELS else _Means)(shape, np.dtype(dtype))


def halved(array: np.ndarray, limits: ReadLimits) -> np.ndarray:
    """An (I, J, K) array of any integer or float dtype at half resolution, in its dtype."""
    made = halver((array.shape[0], array.shape[1], array.shape[2]), array.dtype, limits)
    for k in range(array.shape[2]):
        made.add(k, array[:, :, k])
    return made.array()


def read_halved(
    shape: tuple[int, int, int], dtype: np.dtype, limits: ReadLimits, next_slice: Callable[[], np.ndarray]
) -> np.ndarray:
    """An image whose (I, J) slices, of any integer or float type, come one by one; (I, J, K) of half."""
    made = halver(shape, dtype, limits)
    for k in range(shape[2]):
        made.add(k, next_slice())
    return made.array()


def on_half_grid(image: SourceImage) -> SourceImage:
    """The image with the grid of its voxels, and a note, where a reader halved it; else itself."""
    if image.array.shape == tuple(image.grid.shape) or image.array.shape != half_shape(image.grid.shape):
        return image
    return replace(image, grid=image.grid.halved(), metadata=image.with_note(_NOTE))


def on_full_grid(stored: np.ndarray, grid: SourceGrid) -> np.ndarray:
    """What is on a grid of half resolution on that of the file: each voxel as the block that it lies in.

    Args:
        stored: (I, J, K) or (I, J, K, N) of any dtype on ``grid``.

    Returns:
        The same on ``grid.full``; ``stored`` itself where the grid is the file's own.
    """
    if grid.full is None:
        return stored
    for axis, length in enumerate(grid.full.shape):
        if length != stored.shape[axis]:
            stored = np.repeat(stored, 2, axis=axis).take(range(length), axis=axis)
    return stored


def _blocks(voxels: np.ndarray) -> np.ndarray:
    """(I, J) voxels as (I / 2, 2, J / 2, 2), the far ends repeated where they are odd; an axis of 1 stays."""
    padded = np.pad(voxels, [(0, length % 2) for length in voxels.shape], mode="edge")
    return padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
