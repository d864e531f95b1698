"""What the scan itself says of a voxel, finer than embeddings: intensities at several scales, and place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.encode import windowed_slice
from fewshot_sam.embeddings.plan import StackAxes
from fewshot_sam.encoders.numerics import in_threads

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
        filters.append(lambda: _reduced(volume, plane, _wide_window(volume), step))

        def fill(channel: int) -> None:
            self._channels[:, channel] = (filters[channel]() - 0.5) * 3.0

        for _ in in_threads(fill, range(len(filters)), most=2):
            pass  # no more at once, however many processors: in float32 each is as large as the volume

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns) of a reduced slice."""
        return self._channels.shape[2], self._channels.shape[3]

    def coordinates(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Voxel coordinates of the centres of reduced rows and columns."""
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


def _wide_window(volume: Volume) -> Window:
    """Nearly the whole range of values: bones and contrast, which the window shows as plain white."""
    voxels = volume.voxels.ravel(order="K")
    sample = voxels[:: max(1, voxels.size // 1_000_000)]
    low, high = np.percentile(sample, _WIDE_PERCENTILES)
    return Window(float(low), float(high) if high > low else float(low) + 1.0)


def reduce(image: np.ndarray, step: int) -> np.ndarray:
    """Means of step x step blocks of (rows, columns), the last ones repeated at the edge."""
    if step == 1:
        return image
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % step), (0, -columns % step)), mode="edge")
    return padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3), dtype=np.float32)


def label_shares(image: np.ndarray, codes: tuple[int, ...], step: int) -> np.ndarray:
    """(classes, rows, columns) float32: share of each block that a label covers, background first."""
    values = np.array((0, *codes))[:, None, None]
    return np.stack([reduce(mask, step) for mask in (image[None] == values).astype(np.float32)])


def display_slice(array: np.ndarray, plane: Plane, index: int) -> np.ndarray:
    """A slice of a canonical (X, Y, Z) array in display orientation; a view."""
    return to_display(take_slice(array, plane, index))
