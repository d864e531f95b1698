"""How clearly a label stands out from what surrounds it on the painted slices, by intensity alone."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.stats import rankdata

from fewshot_sam.data.boxes import box_around
from fewshot_sam.volumetric.base import SliceStack

_RING_MM = 6.0
_CHANCE = 0.5


def separability(stack: SliceStack, code: int) -> float:
    """Chance that a voxel of the label and one around it are told apart by which is brighter, 0.5 to 1.

    It is the area under the ROC curve (the Mann-Whitney statistic) of the windowed intensities of all painted
    slices together, inside the label against the ring of 6 mm around it; 0.5 is no better than guessing, or
    not painted.
    """
    inside, around = [], []
    pixel_mm = stack.spacing_mm[1:]
    ring = (int(_RING_MM / pixel_mm[0]) + 1, int(_RING_MM / pixel_mm[1]) + 1)
    for index, painted in stack.painted.items():
        mask = painted == code
        if mask.any():
            box = box_around(mask, ring)
            mask, image = mask[box], stack.image(index)[box]
            away_mm = distance_transform_edt(~mask, sampling=pixel_mm)
            inside.append(image[mask])
            around.append(image[(away_mm > 0) & (away_mm <= _RING_MM)])
    if not inside:
        return _CHANCE
    here, there = np.concatenate(inside), np.concatenate(around)
    if not len(there):
        return _CHANCE
    ranks = rankdata(np.concatenate([here, there]))[: len(here)]
    brighter = (float(ranks.sum()) - len(here) * (len(here) + 1) / 2) / (len(here) * len(there))
    return max(brighter, 1.0 - brighter)
