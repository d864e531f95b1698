"""A run's estimate of its own accuracy, without a reference: from cross-validation on painted slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewshot_sam.data.painted_shapes import mean_depth_mm, shape_overlap

_INTERCEPT, _DICE, _OVERLAP, _DEPTH, _SLICES = 0.35, 0.18, 0.74, 0.73, 0.32
_BEST = 0.99
"""The logistic model of :func:`expected_dice`, fitted to 343 results of benchmarks/RESULTS.md."""
_MIN_DICE, _MAX_DICE = 0.02, 0.99
"""A label that is hardly found when left out may still be found along edges, and nothing is certain."""
_POOR_DICE = 0.7
_NOT_FOUND_DICE = 0.08
"""Cross-validated Dice below which the model did not find a label, whatever edges make of it."""


def expected_dice(
    cross_validated_dice: float | None,
    painted: Mapping[int, np.ndarray],
    code: int,
    pixel_mm: tuple[float, float],
) -> float | None:
    """Dice to be expected on unpainted slices; None where it is not painted or was not cross-validated.

    The cross-validated Dice alone is too pessimistic, since with a slice left out the gap is twice as wide
    and there is less to learn from, and too optimistic for thin structures, of which a voxel is a large part.
    So how much the shapes on neighbouring painted slices overlap, how thick they are and how many there are
    count beside it.

    Args:
        painted: slice index to (rows, columns) uint16 label map.
        pixel_mm: (row, column) pixel size in mm.
    """
    depth_mm = mean_depth_mm(painted, code, pixel_mm)
    if cross_validated_dice is None or depth_mm == 0.0:
        return None
    dice = float(np.clip(cross_validated_dice, _MIN_DICE, _MAX_DICE))
    slices = sum(bool((image == code).any()) for image in painted.values())
    odds = (
        _INTERCEPT
        + _DICE * np.log(dice / (1.0 - dice))
        + _OVERLAP * (shape_overlap(painted, code) or 0.0)
        + _DEPTH * np.log(depth_mm)
        + _SLICES * np.log(slices)
    )
    return float(_BEST / (1.0 + np.exp(-odds)))


def label_quality(
    cross_validated_dice: Mapping[int, float | None],
    painted: Mapping[int, np.ndarray],
    label_map: np.ndarray,
    pixel_mm: tuple[float, float],
) -> dict[str, dict[str, Any]]:
    """How good each label is likely to be.

    Args:
        cross_validated_dice: by code; None where the label is painted in fewer than two folds.
        painted: slice index to (rows, columns) uint16 label map.
        label_map: (X, Y, Z) uint16 that came out, painted slices as painted.
        pixel_mm: (row, column) pixel size of the painted slices in mm.

    Returns:
        By code as text: "expected_dice" and "cross_validated_dice" (0..1 or None), and "warning", a sentence
        that says what to do, or None.
    """
    quality: dict[str, dict[str, Any]] = {}
    for code, dice in cross_validated_dice.items():
        pixels = [np.count_nonzero(image == code) for image in painted.values()]
        slices, found = int(np.count_nonzero(pixels)), np.count_nonzero(label_map == code)
        expected = expected_dice(dice, painted, code, pixel_mm)
        quality[str(code)] = {
            "expected_dice": None if expected is None else round(expected, 3),
            "cross_validated_dice": None if dice is None else round(dice, 3),
            "warning": _warning(slices, dice, expected, bool(found > sum(pixels))),
        }
    return quality


def picture_quality(
    cross_validated_dice: Mapping[int, float | None], painted: Mapping[int, np.ndarray], label_map: np.ndarray
) -> dict[str, dict[str, Any]]:
    """:func:`label_quality` of unrelated pictures, of which whole ones were left out one after the other.

    What was found on those is what is expected of the others: no neighbour helps.

    Args:
        cross_validated_dice: by code; None where the label is painted in fewer than two folds.
        painted: index to (rows, columns) uint16 label map.
        label_map: (X, Y, Z) uint16 that came out.
    """
    quality: dict[str, dict[str, Any]] = {}
    for code, dice in cross_validated_dice.items():
        pixels = [np.count_nonzero(image == code) for image in painted.values()]
        pictures, found = int(np.count_nonzero(pixels)), np.count_nonzero(label_map == code)
        rounded = None if dice is None else round(dice, 3)
        warning = _warning(pictures, dice, dice, bool(found > sum(pixels)), "picture")
        quality[str(code)] = {"expected_dice": rounded, "cross_validated_dice": rounded, "warning": warning}
    return quality


def _warning(
    slices: int, dice: float | None, expected: float | None, found: bool, one: str = "slice"
) -> str | None:
    """What to do about a label; ``one`` is what people call a slice.

    Args:
        slices: of this volume that it is painted on. Where it was learnt from other volumes too, ``dice`` is
            there even if that is a single one.
    """
    if slices == 0:
        where = "scan" if one == "slice" else "stack"
        return f"It was not painted on this {where}: paint it on two {one}s at least."
    if slices == 1 and dice is None:
        return f"It was painted on one {one} only, so its accuracy cannot be told: paint it on another {one}."
    if not found:
        return f"It was not found on any other {one}: paint it on more {one}s."
    if dice is not None and (dice < _NOT_FOUND_DICE or (expected is not None and expected < _POOR_DICE)):
        return f"It was not learnt well: check every {one}, and paint it where it changes most."
    return None
