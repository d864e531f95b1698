"""What the encoder says of a voxel in all three planes.

A slice's embedding knows nothing of the slices above and below. The same voxel lies on a slice of each of the
other two planes, where the encoder sees just that: where the liver meets the lung, where a vertebra ends. So
slices of all three planes are encoded, and a voxel's vector in each is read by linear interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache, Embeddings
from fewshot_sam.embeddings.encode import cache_key, encode_volume
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.progress import Progress, Stage

_VECTORS_A_CHUNK = 16


@dataclass(frozen=True, eq=False)
class PlaneEmbeddings:
    """A plane's encoded slices.

    Attributes:
        indices: canonical slice indices that are encoded, ascending.
    """

    plane: Plane
    indices: np.ndarray
    embeddings: Embeddings

    def read(self, number: int) -> torch.Tensor:
        """(C, h, w) float16 of the slice ``indices[number]``, display orientation."""
        return torch.from_numpy(np.array(self.embeddings.read(int(self.indices[number]))))


def slices_to_encode(volume: Volume, plane: Plane, encoder: Encoder) -> dict[Plane, list[int]]:
    """Which canonical slices of each plane the method reads, the annotation plane first.

    All of the annotation plane; of the others, slices as far apart as embedding cells of the annotation
    plane are wide, since nothing finer is known between them.
    """
    across = [axis for axis in range(3) if axis != plane.axis]
    longest_mm = max(volume.shape[axis] * volume.spacing_mm[axis] for axis in across)
    wanted = {plane: list(range(volume.slice_count(plane)))}
    for side in (other for other in Plane if other != plane):
        count = volume.slice_count(side)
        stride = max(1, int(longest_mm / encoder.grid_size / volume.spacing_mm[side.axis]))
        wanted[side] = list(range(min(stride // 2, count - 1), count, stride))
    return wanted


def encode_planes(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    progress: Progress,
    painted: list[int] | None = None,
    first_slice: int | None = None,
    sides: bool = True,
) -> list[PlaneEmbeddings]:
    """Embed what :func:`slices_to_encode` names, where the cache does not hold it yet.

    Args:
        painted: of the annotation plane only these slices; default all.
        first_slice: canonical index in the annotation plane where to begin; default the middle.
        sides: also the other two planes.
    """
    wanted = slices_to_encode(volume, plane, encoder)
    if not sides:
        wanted = {plane: wanted[plane]}
    if painted is not None:
        wanted[plane] = sorted(painted)
    total, done = sum(map(len, wanted.values())), 0
    found = []
    for each, slices in wanted.items():

        def tell(stage: Stage, fraction: float, before: int = done, **details: object) -> None:
            here = int(details.pop("done", 0))  # type: ignore[call-overload]
            details.pop("total", None)
            progress(stage, (before + here) / total, done=before + here, total=total, **details)

        embeddings = encode_volume(
            volume,
            each,
            encoder,
            cache,
            window=window,
            slices=slices,
            progress=tell,
            first_slice=first_slice if each == plane else None,
        )
        found.append(PlaneEmbeddings(each, np.array(slices), embeddings))
        done += len(slices)
    return found


@dataclass(frozen=True)
class StackAxes:
    """The axes of a plane's slices as a stack: (slices, rows, columns) in display orientation.

    Attributes:
        order: canonical axis of slices, rows and columns.
        shape: voxels along them.
    """

    order: tuple[int, int, int]
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, volume: Volume, plane: Plane) -> StackAxes:
        """The stack of a volume's slices."""
        columns, rows = (axis for axis in range(3) if axis != plane.axis)
        order = (plane.axis, rows, columns)
        return cls(order, (volume.shape[order[0]], volume.shape[order[1]], volume.shape[order[2]]))

    def spacing_mm(self, volume: Volume) -> tuple[float, float, float]:
        """Voxel size along slices, rows and columns."""
        return tuple(volume.spacing_mm[axis] for axis in self.order)  # type: ignore[return-value]


def count_encoded(volume: Volume, plane: Plane, encoder: Encoder, cache: EmbeddingCache) -> tuple[int, int]:
    """How many of the slices that :func:`slices_to_encode` names the cache holds, and how many there are."""
    wanted = slices_to_encode(volume, plane, encoder)
    window = default_window(volume)
    done = sum(
        int(cache.open(cache_key(volume, each, encoder, window)).done[slices].sum())
        for each, slices in wanted.items()
    )
    return done, sum(map(len, wanted.values()))


class VectorField:
    """Vectors on a plane's cells, read on the stack of the annotation plane.

    Args:
        vectors: (n, h, w, D) of the plane's n slices, display orientation of that plane.
        plane, indices: which slices they are.
        axes: the stack they are read on.
        kept: where the vectors hold only some cells along the stack's first axis: which, ascending, and of
            how many; see :func:`read_side`.
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
        """(rows, columns, D) float32 on slice ``index`` at voxel coordinates ``rows`` and ``columns``."""
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


def read_side(plane: PlaneEmbeddings, axes: StackAxes, wanted: list[int]) -> VectorField:
    """The field of a side plane, with the cells alone that the stack's slices ``wanted`` lie between.

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

    Rows and columns of a display run against the canonical axes (``geometry.to_display``): an axis that is
    so in the plane or in the stack, but not in both, is turned.
    """
    backwards = {axis for axis in range(3) if axis != plane.axis} ^ set(axes.order[1:])
    canonical = torch.movedim(vectors.transpose(1, 2), 0, plane.axis)  # (X', Y', Z', D), not yet turned
    turned = [axes.order.index(axis) for axis in backwards]
    return canonical.permute(*axes.order, 3).flip(turned)
