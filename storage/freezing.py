"""What was accepted, or read blind, stays as it was: refused wherever rows are written, so that no service
can forget to.

Every writing session asks here before its rows are written (:meth:`storage.database.Database.write`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, inspect, or_, select
from sqlalchemy.orm import Session

from storage.batches import BatchVolumeRow
from storage.deleted import DeletedRow
from storage.errors import FrozenError
from storage.models import AnnotationRow, LabelRow, MaskRow, ProjectRow, RunRow, VolumeRow
from storage.readings import ReadingRow
from storage.reviews import ReviewStepRow

ACCEPTED = "accepted"
_NOT_ADDED = (AnnotationRow, RunRow, MaskRow, BatchVolumeRow)


def refuse_frozen(session: Session, *_: Any) -> None:
    """Before rows are written: refuse those that would change a volume which was accepted, or read blind.

    Raises:
        FrozenError: slices, runs or masks were to be added to such a volume, or another mask made its
            current one, or it was to be deleted, or a label that it was signed with; or, while readings are
            not revealed, one of their volumes, the volume that is read, or a label of the project.
    """
    for row in session.new:
        if isinstance(row, _NOT_ADDED):
            _require_open(session, row.volume_id)
        elif isinstance(row, DeletedRow):
            _require_not_accepted(session, row)
    for row in session.dirty:
        if isinstance(row, MaskRow) and inspect(row).attrs.made_current_at.history.has_changes():
            _require_open(session, row.volume_id)
    for row in session.deleted:
        if isinstance(row, AnnotationRow):
            _require_open(session, row.volume_id)
        elif isinstance(row, VolumeRow):
            _require_no_acceptance(row)
        elif isinstance(row, LabelRow):
            _require_unsigned(session, row)


def accepted_names(session: Session, project_id: str) -> list[str]:
    """Names of the project's accepted volumes."""
    query = select(VolumeRow.name).where(VolumeRow.project_id == project_id, VolumeRow.review == ACCEPTED)
    return list(session.scalars(query.order_by(VolumeRow.created_at)))


def _require_open(session: Session, volume_id: str) -> None:
    volume = session.get(VolumeRow, volume_id)
    _require_no_acceptance(volume)
    reading = session.get(ReadingRow, volume_id) if volume is not None and volume.is_reading else None
    if reading is not None and reading.revealed_at is not None:
        raise FrozenError(
            "The readings of this scan have been compared, so this one is frozen and nothing was changed. "
            "Merge the readings, and go on with the volume that was read."
        )
    if reading is not None and reading.finished_at is not None:
        raise FrozenError("This reading is finished, so nothing was changed. Take it back first to go on.")


def _require_no_acceptance(volume: VolumeRow | None) -> None:
    if volume is not None and volume.review == ACCEPTED:
        raise FrozenError(
            f"'{volume.name}' was accepted in a review and is frozen, so nothing was changed. "
            "Reopen it first, with a reason; that is recorded."
        )


def _require_not_accepted(session: Session, deleted: DeletedRow) -> None:
    """Raise FrozenError where what goes into the bin was accepted, or is a label that was signed with."""
    row = session.get({"volume": VolumeRow, "label": LabelRow}.get(deleted.kind, ProjectRow), deleted.item_id)
    if isinstance(row, VolumeRow):
        _require_no_acceptance(row)
        refuse_while_read(session, or_(ReadingRow.volume_id == row.id, ReadingRow.of_id == row.id))
    elif isinstance(row, LabelRow):
        _require_unsigned(session, row)
        refuse_while_read(session, ReadingRow.project_id == row.project_id)


def refuse_while_read(session: Session, which: ColumnElement[bool]) -> None:
    """Raise FrozenError where some of these readings are not revealed: others may need what is deleted."""
    query = select(ReadingRow.volume_id).where(which, ReadingRow.revealed_at.is_(None)).limit(1)
    with session.no_autoflush:
        if session.scalar(query) is not None:
            raise FrozenError(
                "People are reading a scan of this project blind, and need this until all of them have "
                "finished. Wait for that, or end the readings first."
            )


def _require_unsigned(session: Session, label: LabelRow) -> None:
    """Raise FrozenError where an accepted volume was signed with the label on it."""
    accepted = select(func.max(ReviewStepRow.id)).where(ReviewStepRow.step == ACCEPTED)
    query = (
        select(VolumeRow.name, ReviewStepRow.signed)
        .join(ReviewStepRow, ReviewStepRow.volume_id == VolumeRow.id)
        .where(VolumeRow.project_id == label.project_id, VolumeRow.review == ACCEPTED)
        .where(ReviewStepRow.id.in_(accepted.group_by(ReviewStepRow.volume_id)))  # the latest acceptance
    )
    with session.no_autoflush:
        for name, signed in session.execute(query):
            if any(each["value"] == label.value for each in (signed or {}).get("labels", ())):
                raise FrozenError(
                    f"The label '{label.name}' is on '{name}', which was accepted in a review and is frozen. "
                    "Reopen that volume first, or keep the label."
                )
