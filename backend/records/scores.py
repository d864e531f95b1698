"""How the scores of a mask are kept: by label, with the surface Dice at every tolerance one may ask for.

So neither another tolerance nor another look computes anything again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from backend.schemas.parts import ApiAnswer
from backend.schemas.readings import AgreementValues
from backend.schemas.references import ScoreValues
from fewshot_sam.data.pictures import Picture
from fewshot_sam.evaluation.metrics import LabelAgreement, agreements, share_within
from fewshot_sam.evaluation.picture_metrics import picture_agreements
from fewshot_sam.evaluation.tolerance import MAX_TOLERANCE_MM, TOLERANCE_STEP_MM

_STEPS = round(MAX_TOLERANCE_MM / TOLERANCE_STEP_MM)
NOTHING = ScoreValues(
    dice=None, iou=None, surface_dice=None, hd95_mm=None, volume_ml=None, reference_volume_ml=None
)


def score_labels(
    label_map: np.ndarray,
    reference: np.ndarray,
    spacing_mm: tuple[float, float, float],
    values: Iterable[int],
    counted: np.ndarray | None,
    pictures: Sequence[Picture] = (),
) -> list[dict[str, Any]]:
    """What is kept of a mask's labels; those that neither holds are left out.

    Args:
        label_map, reference: (X, Y, Z) uint8 label values.
        counted: bool, broadcastable, False on slices that are left out; None counts all.
        pictures: of a stack of unrelated ones, which are compared each by itself.
    """
    if pictures:
        found = picture_agreements(label_map, reference, pictures, values, counted)
    else:
        found = agreements(label_map, reference, spacing_mm, values, counted)
    return [_kept(value, agreement) for value, agreement in found.items() if agreement is not None]


def _kept(value: int, agreement: LabelAgreement) -> dict[str, Any]:
    hd95_mm, mean_mm = agreement.hd95_mm, agreement.mean_distance_mm
    return {
        "value": value,
        "dice": agreement.dice,
        "iou": agreement.iou,
        "hd95_mm": hd95_mm if math.isfinite(hd95_mm) else None,
        "mean_distance_mm": mean_mm if math.isfinite(mean_mm) else None,
        "volume_ml": agreement.volume_ml,
        "reference_volume_ml": agreement.reference_volume_ml,
        "within": [
            share_within(agreement.distances_mm, _tolerance_mm(step)) for step in range(1, _STEPS + 1)
        ],
    }


def rounded_tolerance_mm(tolerance_mm: float) -> float:
    """The nearest tolerance for which scores are kept."""
    return _tolerance_mm(_step(tolerance_mm))


def score_values(kept: Mapping[str, Any], tolerance_mm: float) -> ScoreValues:
    """Scores at a tolerance of what is kept of a label."""
    return ScoreValues(
        surface_dice=kept["within"][_step(tolerance_mm) - 1],
        **{name: kept[name] for name in ScoreValues.model_fields if name != "surface_dice"},
    )


def score_agreement(kept: Mapping[str, Any], tolerance_mm: float) -> AgreementValues:
    """The same for two readings of a label, neither of which is a reference."""
    return AgreementValues(
        **{name: kept[name] for name in ("dice", "iou", "hd95_mm", "mean_distance_mm")},
        surface_dice=kept["within"][_step(tolerance_mm) - 1],
        first_ml=kept["volume_ml"],
        second_ml=kept["reference_volume_ml"],
    )


def mean_values(rows: list[ScoreValues]) -> ScoreValues:
    """The mean over labels; no HD95 where one of them has none, which stands for an infinite one."""
    return ScoreValues(**_means(rows, ScoreValues)) if rows else NOTHING


def mean_agreement(rows: list[AgreementValues]) -> AgreementValues:
    """The same of agreements."""
    return AgreementValues(**_means(rows, AgreementValues))


def _means(rows: Sequence[ApiAnswer], kind: type[ApiAnswer]) -> dict[str, float | None]:
    """Of every field, None where a row has none or there is no row."""
    values = {name: [getattr(row, name) for row in rows] for name in kind.model_fields}
    return {name: None if None in each or not each else float(np.mean(each)) for name, each in values.items()}


def _step(tolerance_mm: float) -> int:
    return min(max(round(tolerance_mm / TOLERANCE_STEP_MM), 1), _STEPS)


def _tolerance_mm(step: int) -> float:
    return round(step * TOLERANCE_STEP_MM, 1)
