"""Painted slices with a square that stays where it is and one that moves."""

from __future__ import annotations

import numpy as np


def painted(*shifts: int) -> dict[int, np.ndarray]:
    """Slices 10 apart: label 1 a square that stays where it is, label 2 one that moves by these columns."""
    slices = {}
    for place, shift in enumerate(shifts):
        image = np.zeros((40, 60), np.uint16)
        image[5:15, 5:15] = 1
        image[20:30, shift : shift + 10] = 2
        slices[10 * place] = image
    return slices
