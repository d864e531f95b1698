"""The types that label maps are written in."""

from __future__ import annotations

import numpy as np

from fewshot_sam.errors import ImageFormatError


def smallest(label_map: np.ndarray) -> np.ndarray:
    """A label map of any shape, integers from 0 to 65535, as uint8, or uint16 where a code is above 255.

    Raises ImageFormatError for anything else.
    """
    if label_map.dtype.kind not in "iub":
        raise ImageFormatError(f"A label map must be an integer array, got {label_map.dtype}.")
    lowest, highest = int(label_map.min()), int(label_map.max())
    if lowest < 0 or highest > 65535:
        raise ImageFormatError(f"A label map must hold integers from 0 to 65535, got {lowest} to {highest}.")
    return label_map.astype(np.min_scalar_type(highest), copy=False)
