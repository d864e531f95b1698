"""A picture of a volume for lists."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, apply_window, shown_slice

LONGEST_SIDE = 96
MAX_STRETCH = 4
"""How much longer one side is drawn than the other: a picture of a few slices side by side is a line."""


def thumbnail_png(volume: Volume, plane: Plane, window: Window) -> bytes:
    """The middle slice of a plane as a PNG with square pixels, no side over LONGEST_SIDE.

    Of unrelated pictures it is the first one, in its colours if it has any.
    """
    middle = volume.shape[plane.axis] // 2
    if volume.pictures:
        image = _first_picture(volume, window)
    else:
        grey = apply_window(to_display(take_slice(volume.voxels, plane, middle)), window)
        image = np.asarray(grey, np.uint8)
    column_mm, row_mm = (mm for axis, mm in enumerate(volume.spacing_mm) if axis != plane.axis)
    height_mm, width_mm = image.shape[0] * row_mm, image.shape[1] * column_mm
    longest_mm = max(height_mm, width_mm)
    shares = (max(side_mm / longest_mm, 1 / MAX_STRETCH) for side_mm in (width_mm, height_mm))
    width, height = (round(LONGEST_SIDE * share) for share in shares)
    small = Image.fromarray(image).resize((width, height), Image.Resampling.BOX)
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()


def _first_picture(volume: Volume, window: Window) -> np.ndarray:
    """(rows, columns) or (rows, columns, 3) uint8, without padding."""
    shown = volume.pictures[0].inside(shown_slice(volume, Plane.AXIAL, 0, window))
    return np.rint(shown * 255.0).astype(np.uint8)
