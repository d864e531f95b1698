"""Parts of answers: what all have in common, and what is chosen about a run (:mod:`backend.choices`)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

Shape = tuple[int, int, int]
"""Voxels along Right, Anterior, Superior."""
Spacing = tuple[float, float, float]
_Row = tuple[float, float, float, float]
Affine = tuple[_Row, _Row, _Row, _Row]


class ApiAnswer(BaseModel):
    """A JSON answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RunChoiceAnswer(ApiAnswer):
    """What was chosen for a run."""

    method: str
    encoder: str | None = Field(description="its name; null where an earlier version did not note it")
    encoder_title: str | None
    seed: int


class MethodChoiceAnswer(ApiAnswer):
    """A method that a run can be asked for."""

    name: str
    title: str
    summary: str


class EncoderChoiceAnswer(ApiAnswer):
    """An encoder that is installed here."""

    name: str
    title: str
