"""Requests and answers about the review of a volume: its steps, checked slices and pinned comments."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from backend.schemas.enums import ReviewState, ReviewStep
from backend.schemas.limits import MAX_COMMENT_LENGTH, MAX_SLICE_INDEX
from backend.schemas.parts import ApiAnswer, Moment
from backend.schemas.requests import ID_PATTERN, Body, PlaneName
from fewshot_sam.data.planes import Plane

CommentId = Annotated[str, Path(pattern=ID_PATTERN)]
Text = Annotated[str, StringConstraints(max_length=MAX_COMMENT_LENGTH)]
WrittenText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT_LENGTH)]
VoxelIndex = Annotated[int, Field(ge=0, le=MAX_SLICE_INDEX)]


class StepBody(Body):
    """A step of a review, and why; the reason may be left out where that is not asked for."""

    reason: Text = ""


class CheckBody(Body):
    """Whether a slice counts as checked."""

    checked: bool = True


class CommentBody(Body):
    """A comment on a voxel, written on the slice of a plane that holds it."""

    plane: PlaneName
    voxel: Annotated[list[VoxelIndex], Field(min_length=3, max_length=3, description="canonical x, y, z")]
    text: WrittenText


class ReplyBody(Body):
    """A reply to a comment."""

    text: WrittenText


class ResolvedBody(Body):
    """Whether a comment is resolved."""

    resolved: bool


class StepAnswer(ApiAnswer):
    """A step of a review: who did what, when and why."""

    step: ReviewStep
    author: str
    author_name: str | None = Field(description="null for who has no account")
    at: Moment
    reason: str
    same_person: bool = Field(description="accepted by who marked it ready")
    signed_hash: str | None = Field(description="of an acceptance: SHA-256 of what was signed")


class SliceToCheckAnswer(ApiAnswer):
    """A slice to be looked at, and who did in this round."""

    plane: Plane
    slice_index: int
    uncertainty: float | None = Field(description="expected number of wrong voxels; null: not known")
    checked_by: str | None = Field(description="id of who looked at it and accepted it; null: nobody yet")
    checked_by_name: str | None
    checked_at: Moment | None


class ReplyAnswer(ApiAnswer):
    """A reply to a comment."""

    id: str
    text: str
    author: str
    author_name: str | None
    at: Moment


class CommentAnswer(ReplyAnswer):
    """A comment pinned to a voxel, with its replies, oldest first."""

    plane: Plane
    slice_index: int
    voxel: tuple[int, int, int]
    resolved_by: str | None = Field(description="null while it is open")
    resolved_by_name: str | None
    resolved_at: Moment | None
    replies: list[ReplyAnswer]


class ReviewAnswer(ApiAnswer):
    """The review of a volume as it stands."""

    state: ReviewState | None = Field(description="null: not in review, or reopened")
    slices: list[SliceToCheckAnswer] = Field(description="to be looked at, the least certain first")
    steps: list[StepAnswer] = Field(description="the newest first")
    comments: list[CommentAnswer] = Field(description="oldest first")
