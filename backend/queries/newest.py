"""The newest row of each volume. The newest is the one made last, or of masks made the current one last."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from storage.models import MaskRow, ModelRow, RunRow


def by_age(
    row: type[MaskRow] | type[ModelRow] | type[RunRow], volume_ids: Collection[str], *columns: Any
) -> Subquery:
    """These columns of the volumes' rows, and "place": 1 for the newest of its volume."""
    newest_first = (_moment(row).desc(), row.id)
    place = func.row_number().over(partition_by=row.volume_id, order_by=newest_first).label("place")
    return select(*columns, place).where(row.volume_id.in_(volume_ids)).subquery()


CURRENT_SINCE = func.coalesce(MaskRow.made_current_at, MaskRow.created_at)
"""Of a volume's masks the current one has the latest of these: a person chose it, or a run made it."""


def current_mask(session: Session, volume_id: str) -> MaskRow | None:
    """The mask that a volume has now, drafts left out; None if it has none."""
    query = select(MaskRow).where(MaskRow.volume_id == volume_id, MaskRow.draft.is_(False))
    return session.scalar(query.order_by(CURRENT_SINCE.desc(), MaskRow.id).limit(1))


def _moment(row: type[MaskRow] | type[ModelRow] | type[RunRow]) -> ColumnElement[Any]:
    return CURRENT_SINCE if row is MaskRow else row.created_at.expression
