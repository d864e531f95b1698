"""What is deleted and can be restored: by id, for those who may do that, and in lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backend.asker import Asker, Right
from backend.errors import NotFoundError
from backend.queries.access import admits, may
from backend.queries.accounts import account_names
from backend.queries.retention import GRACE
from backend.schemas.deleted import DeletedAnswer
from backend.schemas.enums import DeletedKind
from backend.schemas.limits import DAYS_IN_BIN, MAX_LISTED
from storage.deleted import WITH_DELETED, DeletedRow
from storage.models import LabelRow, ProjectRow, VolumeRow

ROWS: dict[DeletedKind, type[ProjectRow] | type[VolumeRow] | type[LabelRow]] = {
    DeletedKind.PROJECT: ProjectRow,
    DeletedKind.VOLUME: VolumeRow,
    DeletedKind.LABEL: LabelRow,
}

_TO_GO = timedelta(days=DAYS_IN_BIN)
NEAR_SINCE = "near_since"
"""In ``contents``: since when it is known that the end is near, ISO 8601."""


def get_deleted(session: Session, asker: Asker, item_id: str) -> tuple[DeletedRow, ProjectRow]:
    """Something deleted and its project, for who may delete it.

    Raises:
        NotFoundError: there is nothing like that, the asker may not restore it, or it is in a project that
            is deleted itself and has to be restored first.
        ForbiddenError: the asker may only look at its project.
    """
    query = select(DeletedRow, ProjectRow).join(ProjectRow, DeletedRow.project_id == ProjectRow.id)
    row = session.execute(query.where(DeletedRow.item_id == item_id), execution_options=WITH_DELETED).first()
    if row is None or not _may_restore(session, asker, *row):
        raise NotFoundError("This is not in the bin any more. Look at what is deleted again.")
    return row[0], row[1]


def _may_restore(session: Session, asker: Asker, deleted: DeletedRow, project: ProjectRow) -> bool:
    if deleted.kind != DeletedKind.PROJECT:
        return session.get(DeletedRow, project.id) is None and admits(
            session, asker.wanting(Right.WRITE), project
        )
    return may(session, asker.wanting(Right.MANAGE), project)  # members are not told what became of it


def deleted_in(session: Session, project_id: str) -> list[DeletedRow]:
    """Volumes and labels that were deleted from a project, the last ones first, MAX_LISTED at most."""
    return _listed(session, DeletedRow.project_id == project_id, DeletedRow.kind != DeletedKind.PROJECT.value)


def deleted_projects_of(session: Session, owner: str) -> list[DeletedRow]:
    """Projects of an owner that were deleted, the last ones first, MAX_LISTED at most."""
    projects = select(ProjectRow.id).where(ProjectRow.owner == owner)
    return _listed(session, DeletedRow.item_id.in_(projects), DeletedRow.kind == DeletedKind.PROJECT.value)


def to_mark(session: Session, now: datetime, anew: bool) -> list[DeletedRow]:
    """What has a day left at most and bears no mark of that, and what was deleted in the future.

    Args:
        anew: the clock has jumped, so that marks say nothing.
    """
    query = select(DeletedRow).where(
        or_(DeletedRow.deleted_at <= now - _TO_GO + GRACE, DeletedRow.deleted_at > now)
    )

    def is_marked(row: DeletedRow) -> bool:
        since = _near_since(row)
        return row.deleted_at <= now and since is not None and since <= now and not anew

    return [row for row in session.scalars(query) if not is_marked(row)]


def mark(row: DeletedRow, now: datetime) -> None:
    """Note that the end is near since now; what was deleted in the future was deleted now instead."""
    in_future = row.deleted_at > now
    row.deleted_at = min(row.deleted_at, now)
    row.contents = {**row.contents, NEAR_SINCE: None if in_future else now.isoformat()}


def over(session: Session, now: datetime) -> list[str]:
    """Ids of what was deleted so long ago that it is deleted for good now, as was noted a day before."""
    query = select(DeletedRow).where(DeletedRow.deleted_at <= now - _TO_GO)
    rows = session.scalars(query.order_by(DeletedRow.deleted_at))
    return [row.item_id for row in rows if (since := _near_since(row)) and since + GRACE <= now]


def _near_since(row: DeletedRow) -> datetime | None:
    noted = row.contents.get(NEAR_SINCE)
    return datetime.fromisoformat(noted) if noted else None


def deleted_answers(session: Session, rows: Sequence[DeletedRow], now: datetime) -> list[DeletedAnswer]:
    """What is deleted, with the names of those who did it."""
    names = account_names(session, {row.deleted_by for row in rows})
    return [
        DeletedAnswer(
            id=row.item_id,
            kind=DeletedKind(row.kind),
            project_id=row.project_id,
            name=row.name,
            deleted_by=names.get(row.deleted_by),
            deleted_at=row.deleted_at,
            days_left=max(0, DAYS_IN_BIN - max(0, (now - row.deleted_at).days)),
            **{name: row.contents.get(name) for name in ("volumes", "labels", "slices", "masks", "color")},
        )
        for row in rows
    ]


def _listed(session: Session, *conditions: ColumnElement[bool]) -> list[DeletedRow]:
    query = select(DeletedRow).where(*conditions).order_by(DeletedRow.deleted_at.desc(), DeletedRow.item_id)
    return list(session.scalars(query.limit(MAX_LISTED), execution_options=WITH_DELETED))
