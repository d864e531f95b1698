"""Masks of volumes, and their labels as they are called now."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import LabelRow, MaskRow, VolumeRow


def newest_masks(session: Session, volume_ids: Collection[str]) -> dict[str, str]:
    """The id of the newest mask by volume, for volumes that have one."""
    order = (MaskRow.created_at.desc(), MaskRow.id)
    place = func.row_number().over(partition_by=MaskRow.volume_id, order_by=order).label("place")
    ranked = select(MaskRow.volume_id, MaskRow.id, place).where(MaskRow.volume_id.in_(volume_ids)).subquery()
    query = select(ranked.c.volume_id, ranked.c.id).where(ranked.c.place == 1)
    return dict(session.execute(query).all())


def current_labels(session: Session, mask: MaskRow) -> list[dict[str, Any]]:
    """The mask's labels with name, colour and code as they are now, or were if deleted since."""
    project_id = session.get_one(VolumeRow, mask.volume_id).project_id
    query = select(LabelRow).where(LabelRow.project_id == project_id)
    now = {label.value: label for label in session.scalars(query)}
    labels = []
    for label in mask.labels:
        current = now.get(label["value"])
        renamed = {key: getattr(current, key) for key in ("name", "color", "code")} if current else {}
        labels.append({**label, **renamed})
    return labels
