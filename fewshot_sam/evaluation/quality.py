"""What a run says of its own accuracy, without any reference: leaving painted slices out in turn."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.random_walker import WalkWeights

_LEARNT, _NOT_LEARNT = 0.1, 0.02
"""Left-out Dice from which a model is trusted fully, and up to which it is not trusted at all."""
_UNKNOWN = 0.0
"""Stands for the left-out Dice of labels painted on one slice."""
_BEST, _SLOPE, _FOUND = 0.96, 0.1, 9.0
"""Dice on unpainted slices over left-out Dice, as a line through the results of benchmarks/RESULTS.md: with a
slice left out the gap is twice as wide, there is one slice less to learn from, and no volumetric step.
A label that is hardly found when left out was not learnt: there the estimate falls to 0, a lower bound, since
the walk along edges may still find it."""
_POOR_DICE = 0.7


def walk_weights(left_out_dice: float | None, settings: PredictSettings) -> WalkWeights:
    """A label's weights in the random walk; of the prior between learnt and not, on a logarithmic scale.

    A label that the model finds on painted slices it never saw is the model's to say; one that it
    does not find there is better carried along the scan's edges from where it is painted.
    """
    dice = _UNKNOWN if left_out_dice is None else left_out_dice
    share = float(np.clip((dice - _NOT_LEARNT) / (_LEARNT - _NOT_LEARNT), 0.0, 1.0))
    prior = settings.least_prior_weight ** (1 - share) * settings.prior_weight**share
    # One of two, so that no more than two systems are ever built.
    return WalkWeights(prior, settings.edge_contrast if share > 0.5 else settings.most_edge_contrast)


def expected_dice(left_out_dice: float | None) -> float | None:
    """Dice to be expected on unpainted slices, from that with painted slices left out."""
    if left_out_dice is None:
        return None
    return min(_BEST - _SLOPE * (1.0 - left_out_dice), _FOUND * left_out_dice)


def label_quality(
    left_out: dict[int, float | None], painted: dict[int, np.ndarray], label_map: np.ndarray
) -> dict[str, dict[str, Any]]:
    """By code as text: "expected_dice", and "warning", a sentence that says what to do, or None.

    Args:
        left_out: Dice by code, see :class:`fewshot_sam.methods.triplanar.fit.FittedHead`.
        painted: slice index to (rows, columns) label map.
        label_map: what came out, painted slices as painted.
    """
    quality: dict[str, dict[str, Any]] = {}
    for code, dice in left_out.items():
        pixels = [np.count_nonzero(image == code) for image in painted.values()]
        slices, found = int(np.count_nonzero(pixels)), np.count_nonzero(label_map == code)
        expected = expected_dice(dice)
        quality[str(code)] = {
            "expected_dice": None if expected is None else round(expected, 3),
            "left_out_dice": None if dice is None else round(dice, 3),
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
