"""Taking the deletion of a label back, with the paint that it erased.

No version of a slice is ever lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from backend.queries.annotations import annotations_with_label, find_version
from backend.records.origins import joined
from backend.schemas.enums import SliceState
from backend.services.painted_slices import PackedSlice, paint_of, stored_label_map
from fewshot_sam.data.planes import Plane
from storage.deleted import WITH_DELETED
from storage.models import AnnotationRow, LabelRow, VolumeRow


def restore_paint(session: Session, label: LabelRow, author: str, is_back: bool = False) -> None:
    """Paint a label where its deletion erased it; cells that hold another label by now keep it.

    Args:
        is_back: somebody painted with it since it was deleted.
    """
    value = label.value
    for before in _versions_before_deletion(session, label, is_back):
        volume = session.get_one(VolumeRow, before.volume_id, execution_options=WITH_DELETED)
        plane = Plane(before.plane)
        latest = find_version(session, volume, plane, before.slice_index)
        if latest is None or latest.state == SliceState.EMPTY:
            continue  # somebody has looked since, and found nothing
        now = stored_label_map(latest)
        restored = np.where((now == 0) & (stored_label_map(before) == value), np.uint8(value), now)
        state = before.state if latest.state == SliceState.CLEARED else latest.state
        origins = joined(restored, [paint_of(latest), paint_of(before)], lambda _value, records: records[-1])
        packed = PackedSlice.of(before.slice_index, restored, origins)
        session.add(packed.new_row(volume, plane, latest.version + 1, state, author))


def _versions_before_deletion(session: Session, label: LabelRow, is_back: bool) -> list[AnnotationRow]:
    """Of each slice that lost the label when it was deleted, the version that still held it.

    A deletion erases everywhere at one moment: the last one after which no slice held the label, or, where
    it is back, the last such moment that a stroke with it followed. That stroke may be on its way still.
    """
    return (is_back and _versions_before_loss(session, label, painted=False)) or _versions_before_loss(
        session, label, painted=True
    )


def _versions_before_loss(session: Session, label: LabelRow, painted: bool) -> list[AnnotationRow]:
    """The same of the last loss; ``painted`` says that no stroke has to follow it."""
    value, found, moment = label.value, [], None
    holding = {_place(row) for row in annotations_with_label(session, label)}
    for before, after in _consecutive_versions(session, label.project_id):
        if moment is not None and after.created_at < moment:
            break
        had, has = before is not None and value in before.values, value in after.values
        if before is not None and had and not has and (moment or (painted and not holding)):
            moment = after.created_at
            found.append(before)
        painted |= has and not had
        (holding.add if had else holding.discard)(_place(after))  # as it was before this version
    return found


def _place(row: AnnotationRow) -> tuple[str, str, int]:
    return row.volume_id, row.plane, row.slice_index


def _consecutive_versions(
    session: Session, project_id: str
) -> Iterator[tuple[AnnotationRow | None, AnnotationRow]]:
    """Versions of slices and those that they followed, None for the first ones; the latest first."""
    before = aliased(AnnotationRow)
    query = (
        select(before, AnnotationRow)
        .select_from(AnnotationRow)
        .outerjoin(
            before,
            and_(
                before.volume_id == AnnotationRow.volume_id,
                before.plane == AnnotationRow.plane,
                before.slice_index == AnnotationRow.slice_index,
                before.version == AnnotationRow.version - 1,
            ),
        )
        .join(VolumeRow, VolumeRow.id == AnnotationRow.volume_id)
        .where(VolumeRow.project_id == project_id)
        .order_by(AnnotationRow.created_at.desc(), AnnotationRow.id.desc())
    )
    for pair in session.execute(query, execution_options=WITH_DELETED).yield_per(200):
        yield pair[0], pair[1]
