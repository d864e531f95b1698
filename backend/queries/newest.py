"""The newest row of each volume. The newest is the one made last."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Subquery, func, select

from storage.models import MaskRow, ModelRow, RunRow


def by_age(
    row: type[MaskRow] | type[ModelRow] | type[RunRow], volume_ids: Collection[str], *columns: Any
) -> Subquery:
    """These columns of the volumes' rows, and "place": 1 for the newest of its volume."""
    newest_first = (row.created_at.desc(), row.id)
    place = func.row_number().over(partition_by=row.volume_id, order_by=newest_first).label("place")
    return select(*columns, place).where(row.volume_id.in_(volume_ids)).subquery()
