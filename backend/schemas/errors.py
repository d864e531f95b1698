"""What every request that failed is answered."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.enums import ErrorCode
from backend.schemas.parts import (
    ApiAnswer,
    NameConflictAnswer,
    PaintConflictAnswer,
    PlaneFitAnswer,
    SeriesAnswer,
)


class ErrorFacts(BaseModel):
    """An error: a code for programs, a sentence for people, and details that depend on the code."""

    model_config = ConfigDict(frozen=True, extra="allow")

    code: ErrorCode
    message: str
    version: int | None = Field(default=None, description="conflict: the latest version of the slice")
    slices: int | None = Field(default=None, description="conflict: slices on which the label is painted")
    run_id: str | None = Field(default=None, description="conflict: the run that has not ended")
    upload_id: str | None = Field(default=None, description="of a choice: the upload that waits")
    volume_id: str | None = Field(default=None, description="same_scan: the volume that it is already")
    deleted_id: str | None = Field(default=None, description="same_scan: the deleted volume it is")
    choices: list[SeriesAnswer] | None = Field(default=None, description="series_choice: its series")
    planes: list[PlaneFitAnswer] | None = Field(default=None, description="plane_choice: what fits the paint")
    labels: list[NameConflictAnswer] | None = Field(default=None, description="label_choice: its codes")
    paint: PaintConflictAnswer | None = Field(default=None, description="paint_choice: what would change")


class ErrorAnswer(ApiAnswer):
    """The answer to every request that failed."""

    error: ErrorFacts
