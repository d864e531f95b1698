"""Requests about blind readings."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints

from backend.schemas.enums import MergeMethod
from backend.schemas.limits import MAX_LABEL_VALUE, MAX_READERS, MAX_SLICE_INDEX
from backend.schemas.requests import ID_PATTERN, Body, PlaneName

PersonId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ReadingId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
SliceIndex = Annotated[int, Field(ge=0, le=MAX_SLICE_INDEX)]
LabelValue = Annotated[int, Field(ge=1, le=MAX_LABEL_VALUE)]

QueryBySlice = Annotated[bool, Query(description="a line for each slice that differs")]


class ReadersBody(Body):
    """Who reads a scan; nobody named stands for the asker, who reads it a second time."""

    readers: list[PersonId] = Field(default_factory=list, max_length=MAX_READERS)


class ReadingStepBody(Body):
    """To finish a reading, take it back or end all needs no words."""


class MergeBody(Body):
    """How readings are merged into the volume that was read."""

    method: Annotated[MergeMethod, Field(strict=False)]
    reading: ReadingId | None = Field(None, description="with the method reading: whose labels are taken")
    plane: PlaneName | None = Field(None, description="the one on screen; refused where it is another by now")
    slices: Annotated[list[SliceIndex], Field(min_length=1, max_length=10_000)] | None = Field(
        None, description="of the volume's plane; by default all"
    )
    labels: Annotated[list[LabelValue], Field(min_length=1, max_length=MAX_LABEL_VALUE)] | None = Field(
        None, description="values of labels; by default all. Cells of others stay as they are"
    )
