"""Answers about what is deleted and can be restored."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from backend.schemas.answers import LabelAnswer
from backend.schemas.enums import DeletedKind
from backend.schemas.parts import ApiAnswer, Moment
from backend.schemas.requests import ID_PATTERN, Body

DeletedId = Annotated[str, Path(pattern=ID_PATTERN)]
LeftOut = Annotated[
    list[str],
    Field(description="of a label: names of accepted volumes, whose slices stay as they were signed"),
]


class RestoreBody(Body):
    """The path names what is restored; there is nothing to choose."""


class DeletedAnswer(ApiAnswer):
    """A project, volume or label that was deleted and can be restored."""

    id: str = Field(description="of the project, volume or label, as it was and will be")
    kind: DeletedKind
    project_id: str
    name: str
    deleted_by: str | None = Field(description="the name of the account; null where nobody logs in")
    deleted_at: Moment
    days_left: int = Field(description="whole days until it is deleted for good; 0 is today")
    volumes: int | None = Field(default=None, description="of a project: that were in it")
    labels: int | None = Field(default=None, description="of a project: that it had")
    slices: int | None = Field(default=None, description="that are painted, or held the label")
    masks: int | None = Field(default=None, description="of volumes")
    color: str | None = Field(default=None, description="of a label")


class RestoredAnswer(ApiAnswer):
    """What a restoration did not bring back."""

    left_out: LeftOut


class RestoredLabelAnswer(LabelAnswer):
    """A label whose deletion was taken back."""

    left_out: LeftOut
