"""A run's estimate of its own accuracy, without a reference: from cross-validation on painted slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_BEST, _SLOPE, _FOUND = 0.96, 0.1, 9.0
"""Dice on unpainted slices over cross-validated Dice, as a line through the results of benchmarks/RESULTS.md:
with a slice left out the gap is twice as wide, there is one slice less to learn from, and no volumetric step.
A label that is hardly found when left out was not learnt: there the estimate falls to 0, a lower bound, since
the random walker may still find it along edges."""
_POOR_DICE = 0.7


def expected_dice(cross_validated_dice: float | None) -> float | None:
    """Dice to be expected on unpainted slices, from the cross-validated one; None where there is none."""
    if cross_validated_dice is None:
        return None
    return min(_BEST - _SLOPE * (1.0 - cross_validated_dice), _FOUND * cross_validated_dice)


def label_quality(
    cross_validated_dice: Mapping[int, float | None],
    painted: Mapping[int, np.ndarray],
    label_map: np.ndarray,
) -> dict[str, dict[str, Any]]:
    """How good each label is likely to be.

    Args:
        cross_validated_dice: by code; None where the label is painted in fewer than two folds.
        painted: slice index to (rows, columns) uint16 label map.
        label_map: (X, Y, Z) uint16 that came out, painted slices as painted.

    Returns:
        By code as text: "expected_dice" and "cross_validated_dice" (0..1 or None), and "warning", a sentence
        that says what to do, or None.
    """
    quality: dict[str, dict[str, Any]] = {}
    for code, dice in cross_validated_dice.items():
        pixels = [np.count_nonzero(image == code) for image in painted.values()]
        slices, found = int(np.count_nonzero(pixels)), np.count_nonzero(label_map == code)
        expected = expected_dice(dice)
        quality[str(code)] = {
            "expected_dice": None if expected is None else round(expected, 3),
            "cross_validated_dice": None if dice is None else round(dice, 3),
            "warning": _warning(slices, expected, bool(found > sum(pixels))),
        }
    return quality


def _warning(slices: int, expected: float | None, found: bool) -> str | None:
    if slices == 0:
        return "It is not painted on this scan: paint it on two slices at least."
    if slices == 1:
        return "It is painted on one slice only, so its accuracy cannot be told: paint it on another slice."
    if not found:
        return "It was not found on any other slice: paint it on more slices."
    if expected is not None and expected < _POOR_DICE:
        return "It was not learnt well: check every slice, and paint it where it changes most."
    return None
