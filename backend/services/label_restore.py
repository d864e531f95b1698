"""Taking the deletion of a label back, with the paint that it erased.

No version of a slice is ever lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from backend.queries.annotations import annotations_with_label, select_versions
from backend.records.origins import joined
from backend.schemas.enums import SliceState
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, is_same, paint_of, stored_label_map
from fewshot_sam.data.planes import Plane
from storage.deleted import WITH_DELETED
from storage.freezing import ACCEPTED, refuse_while_read
from storage.models import AnnotationRow, LabelRow, VolumeRow
from storage.readings import ReadingRow, is_compared


def restore_paint(session: Session, label: LabelRow, author: str, is_back: bool = False) -> list[str]:
    """Paint a label where its deletion erased it; cells that hold another label by now keep it.

    Args:
        is_back: somebody painted with it since it was deleted.

    Returns:
        The names of volumes that were accepted since, whose slices stay as they were signed.

    Raises:
        FrozenError: a scan of the project is being read blind: what is on it is not found.
    """
    refuse_while_read(session, ReadingRow.project_id == label.project_id)
    value, frozen = label.value, dict[str, str]()
    for before in _versions_before_deletion(session, label, is_back):
        volume = session.get_one(VolumeRow, before.volume_id, execution_options=WITH_DELETED)
        if volume.review == ACCEPTED:
            frozen[volume.id] = volume.name
            continue
        plane = Plane(before.plane)
        versions = select_versions(volume, plane, before.slice_index)
        since = session.scalars(versions.where(AnnotationRow.version > before.version)).all()[::-1]
        untouched = _untouched(since)
        if untouched is None:
            continue
        latest = since[-1]
        back = untouched & (stored_label_map(before) == value)
        restored = np.where(back, np.uint8(value), stored_label_map(latest))
        state = before.state if latest.state == SliceState.CLEARED else latest.state
        origins = joined(restored, [paint_of(latest), paint_of(before)], lambda _value, records: records[-1])
        packed = PackedSlice.of(before.slice_index, restored, origins)
        session.add(packed.new_row(volume, plane, latest.version + 1, state, author))
    return list(frozen.values())


def _untouched(since: Sequence[AnnotationRow]) -> np.ndarray | None:
    """Bool (rows, columns), True where nothing was painted since a label was erased; None where somebody said
    since then that the slice holds nothing. What undo took back was not done.

    Args:
        since: the versions of a slice from that one on which the label was erased.
    """
    erased = stored_label_map(since[0])
    untouched: np.ndarray | None = erased == 0
    for version in since[1:]:
        if is_same(version, erased, since[0].state):
            untouched = erased == 0
        elif version.state not in HOLD_LABELS:
            untouched = None
        elif untouched is not None:
            untouched = untouched & (stored_label_map(version) == 0)
    return untouched


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
        .where(VolumeRow.project_id == project_id, ~is_compared(VolumeRow.id))
        .order_by(AnnotationRow.created_at.desc(), AnnotationRow.id.desc())
    )
    for pair in session.execute(query, execution_options=WITH_DELETED).yield_per(200):
        yield pair[0], pair[1]
