"""Intensity windows: which range of values becomes black to white."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.sampling import sample_of
from fewshot_sam.errors import UserError

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume

_SAMPLES = 2_000_000
"""Voxels that percentiles are taken of: the sampling error is far below a grey level."""

_BULK_PERCENTILES = (0.1, 99.9)
_FAR_BELOW = 0.05
"""Of the range of the bulk: lower than that are only ringing, padding and defects."""

_CT_LEVEL_WIDTH_HU = {
    "Soft tissue": (40, 400),
    "Lung": (-600, 1500),
    "Bone": (400, 1800),
    "Brain": (40, 80),
}
_PERCENTILES = {"Standard": (0.5, 99.5), "Narrow": (5.0, 95.0), "Wide": (0.0, 100.0)}


@dataclass(frozen=True)
class Window:
    """Values from ``low`` (black) to ``high`` (white), in the volume's units (HU in CT).

    Raises:
        UserError: unless both are finite and ``low`` is below ``high``.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise UserError(
                f"A window's low value must be below its high value, got {self.low:g} to {self.high:g}."
            )


def default_window(volume: Volume) -> Window:
    """Soft tissue for CT; percentiles 0.5 to 99.5 of the foreground for everything else."""
    return next(iter(presets(volume).values()))


def presets(volume: Volume) -> dict[str, Window]:
    """Named windows that suit the volume's modality, the default first.

    Those of a CT are moved up with values that lie above Hounsfield units.
    Foreground is every voxel above the background, which is the volume's smallest value or, where a few
    voxels lie far below all others, the smallest of the others.
    """
    if volume.modality == "CT":
        offset = volume.hounsfield_offset
        return {
            name: Window(offset + level - width / 2, offset + level + width / 2)
            for name, (level, width) in _CT_LEVEL_WIDTH_HU.items()
        }
    sample = sample_of(volume.voxels, _SAMPLES)
    background = _background(sample)
    above = sample[sample > background]
    bounds = np.percentile(above if above.size else sample, list(_PERCENTILES.values()))
    return {
        name: _window(low, high, background) for name, (low, high) in zip(_PERCENTILES, bounds, strict=True)
    }


def _background(sample: np.ndarray) -> float:
    """The smallest value, unless few voxels hold it and it lies far below the others: those say nothing."""
    smallest = float(sample.min())
    low, high = np.percentile(sample, _BULK_PERCENTILES)
    return float(low) if low - smallest > _FAR_BELOW * (high - low) else smallest


def _window(low: float, high: float, background: float) -> Window:
    """From ``low`` to ``high``; of a foreground of one value, from the background to it."""
    if high > low:
        return Window(float(low), float(high))
    return Window(float(background), float(low)) if low > background else Window(float(low), float(low) + 1.0)


def apply_window(array: np.ndarray, window: Window) -> np.ndarray:
    """Grey levels 0 to 255 (uint8, rounded) of an array of any shape; clipped outside the window."""
    if array.dtype == np.int16:
        table = _grey(np.arange(2**16, dtype=np.uint16).view(np.int16), window)
        return table[array.view(np.uint16)]
    return _grey(array, window)


def windowed_slice(volume: Volume, plane: Plane, index: int, window: Window) -> np.ndarray:
    """A slice as (rows, columns) float32 in 0..1, display orientation."""
    image = to_display(take_slice(volume.voxels, plane, index)).astype(np.float32)
    return np.clip((image - window.low) / max(window.high - window.low, 1e-6), 0.0, 1.0)


def shown_slice(volume: Volume, plane: Plane, index: int, window: Window) -> np.ndarray:
    """A slice as an encoder sees it: :func:`windowed_slice`, or of a picture in colour its own colours.

    Returns:
        (rows, columns) or (rows, columns, 3) float32 in 0..1, display orientation.
    """
    if volume.colour is None:
        return windowed_slice(volume, plane, index, window)
    return volume.colour[index].astype(np.float32) / 255.0


def _grey(values: np.ndarray, window: Window) -> np.ndarray:
    scaled = (values.astype(np.float32) - np.float32(window.low)) * np.float32(
        255.0 / (window.high - window.low)
    )
    return np.rint(np.clip(scaled, 0.0, 255.0, out=scaled), out=scaled).astype(np.uint8)
