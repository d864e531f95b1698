"""Requests and answers about batches: a model that is applied to many volumes, one after the other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from backend.schemas.enums import BatchState, RunState
from backend.schemas.limits import MAX_VOLUMES
from backend.schemas.parts import ApiAnswer, Moment
from backend.schemas.requests import ID_PATTERN, Body, VolumeText

BatchId = Annotated[str, Path(pattern=ID_PATTERN)]


class BatchBody(Body):
    """A model to apply to many volumes."""

    model_id: Annotated[VolumeText | None, Field(description="by default the project's newest")] = None
    volumes: Annotated[
        list[VolumeText] | None,
        Field(min_length=1, max_length=MAX_VOLUMES, description="by default all that have no mask of it yet"),
    ] = None


class BatchStepBody(Body):
    """Cancelling a batch, or going on with it, needs no more than its id."""


class BatchVolumeAnswer(ApiAnswer):
    """A volume of a batch."""

    volume_id: str
    name: str
    state: RunState = Field(description="of its run; queued while it waits")
    fraction: float = Field(description="how far its run is, 0 to 1")
    error: str | None = Field(description="why its run failed")


class BatchAnswer(ApiAnswer):
    """A model that is applied to many volumes."""

    id: str
    project_id: str
    model_id: str
    state: BatchState
    total: int
    done: int = Field(description="volumes that have their mask")
    failed: int
    eta_s: float | None = Field(description="until the last volume has ended; null until that can be told")
    volumes: list[BatchVolumeAnswer] = Field(description="in the order in which their turns come")
    created_at: Moment
