"""What was accepted, or read blind, stays as it was: refused wherever rows are written, so that no service
can forget to.

Every writing session asks here before its rows are written (:meth:`storage.database.Database.write`). What is
frozen is so for those too who cannot see it, as they read its scan blind.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, inspect, or_, select
from sqlalchemy.orm import Session

from storage.batches import BatchVolumeRow
from storage.deleted import DeletedRow
from storage.errors import FrozenError
from storage.models import AnnotationRow, LabelRow, MaskRow, ProjectRow, RunRow, VolumeRow
from storage.readings import EVERY_READING, ReadingRow
from storage.reviews import ReviewStepRow

ACCEPTED = "accepted"
MAX_NAMED = 5  # volumes in a sentence
_NOT_ADDED = (AnnotationRow, RunRow, MaskRow, BatchVolumeRow)


def refuse_frozen(session: Session, *_: Any) -> None:
    """Before rows are written: refuse those that would change a volume which was accepted, or read blind.

    Raises:
        FrozenError: slices, runs or masks were to be added to such a volume, or another mask made its
            current one, or it was to be deleted, or a label that it was signed with, or that label's code or
            name was to be another; or, while readings are not revealed, one of their volumes, the volume that
            is read, or a label of the project was to be deleted.
    """
    for row in session.new:
        if isinstance(row, _NOT_ADDED):
            _require_open(session, row.volume_id)
        elif isinstance(row, DeletedRow):
            _require_not_accepted(session, row)
    for row in session.dirty:
        if isinstance(row, MaskRow) and inspect(row).attrs.made_current_at.history.has_changes():
            _require_open(session, row.volume_id)
        elif isinstance(row, LabelRow) and (what := _changed_of(row)):
            _require_unsigned(session, row, f"keep its {what}")
    for row in session.deleted:
        if isinstance(row, AnnotationRow):
            _require_open(session, row.volume_id)
        elif isinstance(row, VolumeRow):
            _require_no_acceptance(row)
        elif isinstance(row, LabelRow):
            _require_unsigned(session, row)


def signed_now(session: Session, volume: VolumeRow) -> dict[str, Any] | None:
    """What the acceptance of a volume signed (:mod:`backend.queries.signing`); None for one that is open."""
    if volume.review != ACCEPTED:
        return None
    steps = select(ReviewStepRow.signed).where(
        ReviewStepRow.volume_id == volume.id, ReviewStepRow.step == ACCEPTED
    )
    newest = steps.order_by(ReviewStepRow.id.desc()).limit(1)
    return session.scalar(newest, execution_options=EVERY_READING)


def accepted_names(session: Session, project_id: str) -> list[str]:
    """Names of the project's accepted volumes."""
    query = select(VolumeRow.name).where(VolumeRow.project_id == project_id, VolumeRow.review == ACCEPTED)
    return list(session.scalars(query.order_by(VolumeRow.created_at), execution_options=EVERY_READING))


def _require_open(session: Session, volume_id: str) -> None:
    volume = session.get(VolumeRow, volume_id, execution_options=EVERY_READING)
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
    kind = {"volume": VolumeRow, "label": LabelRow}.get(deleted.kind, ProjectRow)
    row = session.get(kind, deleted.item_id, execution_options=EVERY_READING)
    if isinstance(row, VolumeRow):
        _require_no_acceptance(row)
        refuse_while_read(session, or_(ReadingRow.volume_id == row.id, ReadingRow.of_id == row.id))
    elif isinstance(row, LabelRow):
        _require_unsigned(session, row)
        refuse_while_read(session, ReadingRow.project_id == row.project_id)


def refuse_while_read(session: Session, which: ColumnElement[bool]) -> None:
    """Raise FrozenError where some of these readings are not revealed: others may need what is deleted,
    and what they painted is not found."""
    query = select(ReadingRow.volume_id).where(which, ReadingRow.revealed_at.is_(None)).limit(1)
    with session.no_autoflush:
        if session.scalar(query, execution_options=EVERY_READING) is not None:
            raise FrozenError(
                "People are reading a scan of this project blind, so this stays as it is until all of them "
                "have finished. Wait for that, or end the readings first."
            )


def _changed_of(label: LabelRow) -> str | None:
    """What of a label is to be another that an acceptance signs: its code or its name."""
    attributes = inspect(label).attrs
    return next((what for what in ("code", "name") if attributes[what].history.has_changes()), None)


def _require_unsigned(session: Session, label: LabelRow, instead: str = "keep the label") -> None:
    """Raise FrozenError where an accepted volume was signed with the label on it."""
    accepted = select(func.max(ReviewStepRow.id)).where(ReviewStepRow.step == ACCEPTED)
    query = (
        select(VolumeRow.name, ReviewStepRow.signed)
        .join(ReviewStepRow, ReviewStepRow.volume_id == VolumeRow.id)
        .where(VolumeRow.project_id == label.project_id, VolumeRow.review == ACCEPTED)
        .where(ReviewStepRow.id.in_(accepted.group_by(ReviewStepRow.volume_id)))  # the latest acceptance
        .order_by(VolumeRow.created_at)
    )
    with session.no_autoflush:
        found = session.execute(query, execution_options=EVERY_READING)
        names = [f"'{name}'" for name, signed in found if label.value in _signed_values(signed)]
        called = (inspect(label).attrs.name.history.deleted or [label.name])[0]
    if not names:
        return
    named = ", ".join(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        named += f" and {len(names) - MAX_NAMED} more"
    was, is_, those = ("was", "is", "that volume") if len(names) == 1 else ("were", "are", "those volumes")
    raise FrozenError(
        f"The label '{called}' is on {named}, which {was} accepted in a review and {is_} frozen. "
        f"Reopen {those} first, or {instead}."
    )


def _signed_values(signed: dict[str, Any] | None) -> set[int]:
    return {label["value"] for label in (signed or {}).get("labels", ())}
