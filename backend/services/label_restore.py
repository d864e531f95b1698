"""Taking the deletion of a label back, with the paint that it erased: no version of a slice is ever lost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from backend.queries.annotations import find_version
from backend.schemas.enums import SliceState
from backend.services.painted_slices import PackedSlice, stored_label_map
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, VolumeRow


def restore_paint(session: Session, project_id: str, value: int, author: str) -> None:
    """Paint a label where its deletion erased it; cells that hold another label by now keep it."""
    for before in _versions_before_deletion(session, project_id, value):
        volume = session.get_one(VolumeRow, before.volume_id)
        plane = Plane(before.plane)
        latest = find_version(session, volume, plane, before.slice_index)
        if latest is None or latest.state == SliceState.EMPTY:
            continue  # somebody has looked since, and found nothing
        now = stored_label_map(latest)
        restored = np.where((now == 0) & (stored_label_map(before) == value), np.uint8(value), now)
        state = before.state if latest.state == SliceState.CLEARED else latest.state
        packed = PackedSlice.of(before.slice_index, restored)
        session.add(packed.new_row(volume, plane, latest.version + 1, state, author))


def _versions_before_deletion(session: Session, project_id: str, value: int) -> list[AnnotationRow]:
    """Of each slice that lost the label when it was deleted, the version that still held it.

    A deletion erases everywhere at one moment, and nobody can paint the label after it: it is the last
    moment at which a slice lost the label.
    """
    found: list[AnnotationRow] = []
    moment = None
    for before, after in _consecutive_versions(session, project_id):
        if moment is not None and after.created_at < moment:
            break
        if value in before.values and value not in after.values:
            moment = after.created_at
            found.append(before)
    return found


def _consecutive_versions(session: Session, project_id: str) -> Iterator[tuple[AnnotationRow, AnnotationRow]]:
    """Versions of slices and those that followed them, the latest first."""
    before = aliased(AnnotationRow)
    query = (
        select(before, AnnotationRow)
        .join(
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
    for pair in session.execute(query).yield_per(200):
        yield pair[0], pair[1]
