"""Tables of batches: a model that is applied to many volumes, one after the other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, new_id, utc_now


class BatchRow(Base):
    """Somebody's wish that a model be applied to many volumes. What becomes of each is its run's state."""

    __tablename__ = "batch"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str] = mapped_column(String(64))  # a person as in project.owner
    cancelled_at: Mapped[datetime | None]  # it stands still until it is resumed
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class BatchVolumeRow(Base):
    """A volume of a batch. It waits while it has no run; the worker makes one when its turn comes."""

    __tablename__ = "batch_volume"
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    volume_id: Mapped[str] = mapped_column(
        ForeignKey("volume.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"), index=True)
    deaths: Mapped[int] = mapped_column(default=0)  # workers that died of its run
