"""Slices of a volume with the mask over them, as small pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor
from scipy.ndimage import binary_erosion

from backend.exports.base import ExportedMask
from fewshot_sam.data.planes import Plane, painted_indices, take_slice, to_display
from fewshot_sam.data.windowing import Window, default_window, shown_slice

PICTURES = 12
LONGEST_SIDE = 320
_FILL, _QUALITY = 0.3, 88


@dataclass(frozen=True)
class SlicePicture:
    """A slice.

    Attributes:
        index: canonical, from 0.
        jpeg: of square pixels, as the page shows the slice.
    """

    index: int
    jpeg: bytes


def montage(mask: ExportedMask, plane: Plane, count: int = PICTURES) -> list[SlicePicture]:
    """Slices spread evenly over those that hold a label, or over the volume where none does."""
    held = painted_indices(mask.label_map, plane)
    first, last = (held[0], held[-1]) if held else (0, mask.volume.slice_count(plane) - 1)
    chosen = np.unique(np.linspace(first, last, min(count, last - first + 1)).round().astype(int))
    window = default_window(mask.volume)
    return [SlicePicture(int(index), _jpeg(mask, plane, int(index), window)) for index in chosen]


def _jpeg(mask: ExportedMask, plane: Plane, index: int, window: Window) -> bytes:
    shown = shown_slice(mask.volume, plane, index, window)
    values = to_display(take_slice(mask.label_map, plane, index))
    if mask.volume.pictures:
        shown, values = (mask.volume.pictures[index].inside(image) for image in (shown, values))
    height, width = _size_mm(mask, plane, shown.shape)
    scale = LONGEST_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    whole = Image.fromarray(np.rint(shown * 255.0).astype(np.uint8)).convert("RGB")
    pixels = np.array(whole.resize(size, Image.Resampling.BILINEAR), np.float32)
    labels = np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize(size, Image.Resampling.NEAREST))
    for label in mask.labels:
        inside = labels == label["value"]
        if inside.any():
            colour = np.array(ImageColor.getrgb(label["color"])[:3], np.float32)
            pixels[inside] += _FILL * (colour - pixels[inside])
            pixels[inside & ~binary_erosion(inside)] = colour
    file = io.BytesIO()
    Image.fromarray(np.rint(pixels).astype(np.uint8)).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()


def _size_mm(mask: ExportedMask, plane: Plane, shape: tuple[int, ...]) -> tuple[float, float]:
    """Height and width of a displayed slice."""
    columns, rows = (axis for axis in range(3) if axis != plane.axis)
    return shape[0] * mask.volume.spacing_mm[rows], shape[1] * mask.volume.spacing_mm[columns]
