"""How close masks of unrelated pictures are: no distance runs from one picture to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.ndimage import binary_erosion

from fewshot_sam.data.pictures import Picture
from fewshot_sam.evaluation.metrics import LabelAgreement
from fewshot_sam.evaluation.surfaces import surface_distances_mm


def picture_agreements(
    label_map: np.ndarray,
    reference: np.ndarray,
    pictures: Sequence[Picture],
    codes: Iterable[int],
    counted: np.ndarray | None = None,
) -> dict[int, LabelAgreement | None]:
    """Compare labels as :func:`fewshot_sam.evaluation.metrics.agreements` does, picture by picture.

    Pixels of all pictures count together. Where one of the two holds nothing of a label on a picture, the
    edge of the other's is infinitely far from it.

    Args:
        label_map, reference: (X, Y, Z) unsigned integer arrays, a picture each Z, 0 is background.
        pictures: of them ``pixel_mm``; where it is not known distances are in pixels.
        codes: the labels to compare.
        counted: bool, broadcastable to (X, Y, Z), False on pictures that are left out; None counts all.
    """
    shape = label_map.shape
    kept = np.ones(shape[2], bool) if counted is None else np.broadcast_to(counted, shape)[0, 0]
    return {code: _agreement(label_map, reference, pictures, code, kept) for code in codes}


def _agreement(
    label_map: np.ndarray, reference: np.ndarray, pictures: Sequence[Picture], code: int, kept: np.ndarray
) -> LabelAgreement | None:
    found, wanted, both, distances = 0, 0, 0, [np.empty(0)]
    for index in np.flatnonzero(kept).tolist():
        mask, drawn = label_map[:, :, index] == code, reference[:, :, index] == code
        found, wanted = found + int(mask.sum()), wanted + int(drawn.sum())
        both += int((mask & drawn).sum())
        rows_mm, columns_mm = pictures[index].pixel_mm or (1.0, 1.0)
        distances.append(_distances_mm(mask, drawn, (columns_mm, rows_mm)))
    if not found + wanted:
        return None
    return LabelAgreement(
        dice=2.0 * both / (found + wanted),
        iou=both / (found + wanted - both),
        volume_ml=found / 1000.0,
        reference_volume_ml=wanted / 1000.0,
        distances_mm=np.concatenate(distances),
    )


def _distances_mm(mask: np.ndarray, drawn: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """(N,) both ways of two (X, Y) bool masks of one picture."""
    if mask.any() and drawn.any():
        return surface_distances_mm(mask, drawn, pixel_mm)
    held = mask | drawn
    return np.full(np.count_nonzero(held & ~binary_erosion(held)), np.inf)
