"""The reports of a fit and of a prediction, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewshot_sam.evaluation.metrics import volume_ml
from fewshot_sam.evaluation.quality import label_quality
from fewshot_sam.progress import Stage, StageTimer
from fewshot_sam.volumetric.base import SliceStack


def fit_report(
    losses: list[float],
    slices: int,
    cross_validated_dice: Mapping[int, float | None],
    timer: StageTimer,
    total_s: float,
) -> dict[str, Any]:
    """Of a fit.

    Args:
        losses: of each step.
        slices: painted, of all volumes.
        cross_validated_dice: by label code.
        timer: it reported to.
        total_s: seconds in all.

    Returns:
        "seconds" by "encode" and "fine_tune", "steps", the last "loss", "slices", and by code
        "cross_validated_dice".
    """
    encoding = timer.seconds.get(Stage.ENCODE, 0.0)
    return {
        "seconds": {"encode": encoding, "fine_tune": total_s - encoding},
        "steps": len(losses),
        "loss": losses[-1] if losses else None,
        "slices": slices,
        "cross_validated_dice": {str(code): dice for code, dice in cross_validated_dice.items()},
    }


def prediction_report(
    label_map: np.ndarray,
    spacing_mm: tuple[float, float, float],
    cross_validated_dice: Mapping[int, float | None],
    stack: SliceStack,
) -> dict[str, Any]:
    """Of a prediction.

    Args:
        label_map: (X, Y, Z) uint16.
        cross_validated_dice: by code, of the model.
        stack: what was solved, with the labels the model knows and the paint that guided it.

    Returns:
        "volume_ml" by code as text; if something is painted also "quality", see :func:`label_quality`.
    """
    report: dict[str, Any] = {
        "volume_ml": {str(code): volume_ml(label_map == code, spacing_mm) for code in stack.codes}
    }
    if stack.painted:
        pixel_mm = stack.spacing_mm[1:]
        report["quality"] = label_quality(cross_validated_dice, stack.painted, label_map, pixel_mm)
    return report


def prediction_seconds(timer: StageTimer, scored_s: float, solved_s: float) -> dict[str, float]:
    """Seconds by stage of a prediction: "encode", "decode" and "volume".

    Args:
        timer: it reported to.
        scored_s: seconds until the slices were scored, encoding included.
        solved_s: seconds after that.
    """
    encoding = timer.seconds.get(Stage.ENCODE, 0.0)
    return {"encode": encoding, "decode": scored_s - encoding, "volume": solved_s}
