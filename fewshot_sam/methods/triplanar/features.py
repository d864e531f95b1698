"""The features of a voxel: embeddings in three planes, intensities at several scales, and its position."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.embeddings.resize import reduce
from fewshot_sam.encoders.numerics import in_threads

if TYPE_CHECKING:
    from fewshot_sam.embeddings.encode import PlaneEmbeddings

_SCALES_MM = (2.0, 4.0, 8.0)
_POSITIONS = 15
_WIDE_PERCENTILES = (0.5, 99.95)
COUNT = 3 + len(_SCALES_MM) + _POSITIONS


class LocalFeatures:
    """Features of the voxels of a stack of slices, rows and columns reduced by a whole ``step``.

    Args:
        step: blocks of step x step voxels of a slice are one point.
    """

    def __init__(self, volume: Volume, plane: Plane, window: Window, step: int) -> None:
        self.step = step
        self._places: dict[tuple[int, int, int, int], tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}
        self._shape = StackAxes.of(volume, plane).shape
        spacing = np.array(StackAxes.of(volume, plane).spacing_mm(volume)) * (1, step, step)
        stack = _reduced(volume, plane, window, step)
        self._channels = np.empty((len(stack), 3 + len(_SCALES_MM), *stack.shape[1:]), np.float16)
        filters: list[Callable[[], np.ndarray]] = [lambda: stack]
        filters += [partial(gaussian_filter, stack, mm / spacing) for mm in _SCALES_MM]
        filters.append(lambda: 4.0 * gaussian_gradient_magnitude(stack, _SCALES_MM[0] / spacing))
        filters.append(lambda: _second_view(volume, plane, step))

        def fill(channel: int) -> None:
            self._channels[:, channel] = (filters[channel]() - 0.5) * 3.0

        for _ in in_threads(fill, range(len(filters)), max_workers=2):
            pass  # no more at once, however many processors: in float32 each is as large as the volume

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns) of a reduced slice."""
        return self._channels.shape[2], self._channels.shape[3]

    def coordinates(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Voxel coordinates of the centres of reduced rows and columns, two (n,) float64 arrays."""
        middle = (self.step - 1) / 2
        return (
            np.arange(rows.start, rows.stop) * self.step + middle,
            np.arange(columns.start, columns.stop) * self.step + middle,
        )

    def read(self, index: int, rows: slice, columns: slice) -> torch.Tensor:
        """(COUNT, rows, columns) float32 of a slice, at reduced rows and columns."""
        seen = torch.from_numpy(self._channels[index][:, rows, columns].astype(np.float32))
        in_slice, row, column = self._place_in_slice(rows, columns)
        deep = torch.tensor((index + 0.5) / self._shape[0] * 2 - 1)
        of_depth = [deep, deep * deep, torch.sin(3 * deep), torch.cos(3 * deep)]
        across = [value.expand_as(row) for value in of_depth] + [deep * row, deep * column]
        return torch.cat([seen, in_slice, torch.stack(across)])

    def _place_in_slice(self, rows: slice, columns: slice) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What all slices share: features of row and column, and both themselves; kept, since it recurs."""
        key = (rows.start, rows.stop, columns.start, columns.stop)
        if key not in self._places:
            row, column = torch.meshgrid(
                *(
                    torch.from_numpy((place + 0.5) / length * 2 - 1).float()
                    for place, length in zip(self.coordinates(rows, columns), self._shape[1:], strict=True)
                ),
                indexing="ij",
            )
            waves = [wave(3 * axis) for wave in (torch.sin, torch.cos) for axis in (row, column)]
            features = torch.stack([row, column, row * row, column * column, *waves, row * column])
            self._places[key] = (features, row, column)
        return self._places[key]


def _reduced(volume: Volume, plane: Plane, window: Window, step: int) -> np.ndarray:
    """(slices, rows / step, columns / step) float32 in 0..1, display orientation."""
    count = StackAxes.of(volume, plane).shape[0]
    return np.stack([reduce(windowed_slice(volume, plane, index, window), step) for index in range(count)])


def _second_view(volume: Volume, plane: Plane, step: int) -> np.ndarray:
    """What the window does not show, as :func:`_reduced`: nearly all intensities, or red against blue."""
    if volume.colour is None:
        return _reduced(volume, plane, _wide_window(volume), step)
    colour = volume.colour.astype(np.float32) / 255.0
    return np.stack([reduce((1.0 + image[..., 0] - image[..., 2]) / 2.0, step) for image in colour])


def _wide_window(volume: Volume) -> Window:
    """Nearly the whole range of values: bones and contrast, which the window shows as plain white."""
    voxels = volume.voxels.ravel(order="K")
    sample = voxels[:: max(1, voxels.size // 1_000_000)]
    low, high = np.percentile(sample, _WIDE_PERCENTILES)
    return Window(float(low), float(high) if high > low else float(low) + 1.0)


class VectorField:
    """Vectors on a plane's cells, read on the stack of the annotation plane.

    Args:
        vectors: (n, h, w, D) float of the plane's n slices, display orientation of that plane.
        plane: the plane of these slices.
        indices: (n,) int64 canonical slice indices, ascending.
        axes: the stack they are read on.
        kept: where the vectors hold only some cells along the stack's first axis: which, ascending, and of
            how many; see :func:`read_orthogonal`.
    """

    def __init__(
        self,
        vectors: torch.Tensor,
        plane: Plane,
        indices: np.ndarray,
        axes: StackAxes,
        kept: tuple[np.ndarray, int] | None = None,
    ) -> None:
        self._axes, self._kept = axes, kept
        self._cells = _stack_cells(vectors, plane, axes).contiguous()
        self._matrices: dict[tuple[int, int, float, float], torch.Tensor] = {}
        self._known: list[np.ndarray | None] = [None, None, None]
        along = axes.order.index(plane.axis)
        length = axes.shape[along]
        self._known[along] = indices if along == 0 else (length - 1 - indices)[::-1]

    def read(self, index: float, rows: np.ndarray, columns: np.ndarray) -> torch.Tensor:
        """Interpolated vectors on a slice of the stack.

        Args:
            rows: (n,) float voxel coordinates, evenly spaced.
            columns: (m,) likewise.

        Returns:
            (n, m, D) float32.
        """
        low, high, weight = self._between(0, np.array([index]))
        plane = self._cells[int(low[0])].float()
        if weight[0] > 0:
            plane = torch.lerp(plane, self._cells[int(high[0])].float(), float(weight[0]))
        # Products with the two interpolation matrices: several times faster than gathering neighbours.
        across = torch.matmul(self._matrix(2, columns).to(plane), plane)
        down = self._matrix(1, rows).to(plane) @ across.flatten(1)
        return down.view(len(rows), len(columns), -1)

    def _matrix(self, axis: int, wanted: np.ndarray) -> torch.Tensor:
        """(wanted, cells) float32 that interpolates along rows (1) or columns (2); kept, since it recurs."""
        key = (axis, len(wanted), float(wanted[0]), float(wanted[-1]))
        if key not in self._matrices:
            low, high, weight = self._between(axis, wanted)
            matrix = np.zeros((len(wanted), self._cells.shape[axis]), np.float32)
            np.add.at(matrix, (np.arange(len(wanted)), low), 1.0 - weight)
            np.add.at(matrix, (np.arange(len(wanted)), high), weight)
            self._matrices[key] = torch.from_numpy(matrix)
        return self._matrices[key]

    def _between(self, axis: int, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells below and above each voxel coordinate, and the share of the one above."""
        known = self._known[axis]
        if known is not None:
            return _neighbours(np.interp(wanted, known, np.arange(len(known))), len(known))
        kept = self._kept if axis == 0 else None
        cells = kept[1] if kept else self._cells.shape[axis]
        low, high, weight = _neighbours(_cell_places(wanted, self._axes.shape[axis], cells), cells)
        if kept:
            low, high = np.searchsorted(kept[0], low), np.searchsorted(kept[0], high)
        return low, high, weight


def read_orthogonal(plane: PlaneEmbeddings, axes: StackAxes, wanted: list[int]) -> VectorField:
    """The field of an orthogonal plane, with only the cells next to the stack's slices ``wanted``.

    A few painted slices need a small part of each embedding; reading and turning the whole took most of the
    time of a second fit.
    """
    columns_axis, _ = (axis for axis in range(3) if axis != plane.plane.axis)
    along_columns = axes.order[0] == columns_axis
    _, height, width = plane.embeddings.key.embedding_shape
    cells = width if along_columns else height
    low, high, _ = _neighbours(_cell_places(np.array(wanted, float), axes.shape[0], cells), cells)
    kept = np.union1d(low, high)
    shown = cells - 1 - kept[::-1]  # rows and columns of a display run backwards
    parts = [
        embedding[:, :, shown] if along_columns else embedding[:, shown]
        for embedding in (plane.embeddings.read(int(index)) for index in plane.indices)
    ]
    vectors = torch.from_numpy(np.stack(parts)).movedim(1, 3)
    return VectorField(vectors, plane.plane, plane.indices, axes, (kept, cells))


def _cell_places(wanted: np.ndarray, voxels: int, cells: int) -> np.ndarray:
    """Voxel coordinates in cells."""
    return (wanted + 0.5) / voxels * cells - 0.5


def _neighbours(place: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells below and above each place, and the share of the one above."""
    place = np.clip(place, 0.0, cells - 1.0)
    low = np.floor(place).astype(np.int64)
    return low, np.minimum(low + 1, cells - 1), (place - low).astype(np.float32)


def _stack_cells(vectors: torch.Tensor, plane: Plane, axes: StackAxes) -> torch.Tensor:
    """(n, h, w, D) display-oriented slices of a plane as (slices', rows', columns', D) of a stack.

    Rows and columns of a display run against the canonical axes (``planes.to_display``): an axis that is so
    in the plane or in the stack, but not in both, is turned.
    """
    backwards = {axis for axis in range(3) if axis != plane.axis} ^ set(axes.order[1:])
    canonical = torch.movedim(vectors.transpose(1, 2), 0, plane.axis)  # (X', Y', Z', D), not yet turned
    turned = [axes.order.index(axis) for axis in backwards]
    return canonical.permute(*axes.order, 3).flip(turned)
