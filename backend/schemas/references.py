"""Answers about references: label maps that masks are held against, and the scores that gives."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from backend.schemas.parts import ApiAnswer, LabelFacts, Moment
from fewshot_sam.evaluation.tolerance import MAX_TOLERANCE_MM, TOLERANCE_MM, TOLERANCE_STEP_MM

QueryTolerance = Annotated[
    float,
    Query(ge=TOLERANCE_STEP_MM, le=MAX_TOLERANCE_MM, description="of the surface Dice, rounded to 0.1 mm"),
]
QueryLeaveOut = Annotated[bool, Query(description="without the slices that the run started from")]
DEFAULT_TOLERANCE_MM = TOLERANCE_MM


class ReferenceLabel(LabelFacts):
    """A label of a reference, named as it is called now."""

    voxels: int
    volume_ml: float


class ReferenceAnswer(ApiAnswer):
    """A volume's reference, without its voxels."""

    id: str
    volume_id: str
    labels: list[ReferenceLabel]
    created_at: Moment


class ImportedReferenceAnswer(ReferenceAnswer):
    """A reference that was just imported."""

    notes: str = Field(description="what was read otherwise than it stands in the files; empty if nothing")


class ScoreValues(ApiAnswer):
    """Scores against a reference; null where there is nothing to score."""

    dice: float | None
    iou: float | None
    surface_dice: float | None
    hd95_mm: float | None = Field(description="null also where one of the two holds nothing of the label")
    volume_ml: float | None
    reference_volume_ml: float | None


class LabelScores(LabelFacts):
    """How one label scores."""

    scores: ScoreValues


class ScoresAnswer(ApiAnswer):
    """How a mask scores against its volume's reference."""

    mask_id: str
    reference_id: str
    tolerance_mm: float
    left_out: list[int] = Field(description="indices of the slices that are left out, ascending")
    labels: list[LabelScores]
    mean: ScoreValues = Field(description="over the labels that have a score; no HD95 where one has none")
