"""Tables of references: what somebody else drew on a volume, and how its masks score against that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, new_id, utc_now


class ReferenceRow(Base):
    """A label map that a volume's masks are held against; never painted, learnt from or exported."""

    __tablename__ = "reference"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), unique=True)
    labels: Mapped[list[Any]]  # value, code, name, color, voxels, volume_ml
    blob: Mapped[str] = mapped_column(String(80), index=True)  # uint8 label values, as of a mask
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ReferenceScoreRow(Base):
    """How a mask scores against a reference; both never change, so neither do the scores."""

    __tablename__ = "reference_score"
    reference_id: Mapped[str] = mapped_column(
        ForeignKey("reference.id", ondelete="CASCADE"), primary_key=True
    )
    mask_id: Mapped[str] = mapped_column(
        ForeignKey("mask.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    leave_out: Mapped[bool] = mapped_column(primary_key=True)  # the slices that the run started from
    scores: Mapped[list[Any]]  # one of each label, see backend.records.scores
