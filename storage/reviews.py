"""Tables of reviews: the steps of a volume's review, the slices a reviewer checked, and pinned comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, new_id, utc_now


class ReviewStepRow(Base):
    """A step of a volume's review; rows are only ever added. ``VolumeRow.review`` is where the newest led."""

    __tablename__ = "review_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(16))  # ready withdrawn sent_back accepted reopened
    author: Mapped[str] = mapped_column(String(64))  # a person as in project.owner
    reason: Mapped[str] = mapped_column(Text, default="")
    # Of an acceptance, what was signed: see backend.queries.signing
    signed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class CheckedSliceRow(Base):
    """A slice that a reviewer looked at and accepted, in the round that a step "ready" began."""

    __tablename__ = "checked_slice"
    step_id: Mapped[int] = mapped_column(ForeignKey("review_step.id", ondelete="CASCADE"), primary_key=True)
    plane: Mapped[str] = mapped_column(String(8), primary_key=True)
    slice_index: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ReviewCommentRow(Base):
    """A comment pinned to a voxel, or a reply to one, which has that one's place."""

    __tablename__ = "review_comment"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    reply_to: Mapped[str | None] = mapped_column(
        ForeignKey("review_comment.id", ondelete="CASCADE"), index=True
    )
    plane: Mapped[str] = mapped_column(String(8))  # on whose slice it was written
    voxel: Mapped[list[Any]]  # canonical x, y, z
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    resolved_by: Mapped[str | None] = mapped_column(String(64))  # None while it is open
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
