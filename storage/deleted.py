"""What people deleted and can have back for a while, and how everything else is kept from seeing it.

A deleted project, volume or label keeps its row and all that hangs on it; a :class:`DeletedRow` with its id
says that it is deleted. Every session leaves such rows out of what it selects, joins, counts and gets by id
(:func:`hide_deleted`), so that no query can forget to. What has to see them says so:
``session.scalars(query, execution_options=WITH_DELETED)``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, and_, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from storage.models import Base, LabelRow, ProjectRow, VolumeRow, utc_now

WITH_DELETED = {"with_deleted": True}
"""Execution options of a statement that sees deleted rows too."""


class DeletedRow(Base):
    """A project, volume or label that was deleted, until it is restored or deleted for good."""

    __tablename__ = "deleted_item"
    item_id: Mapped[str] = mapped_column(String(32), primary_key=True)  # of the project, volume or label
    kind: Mapped[str] = mapped_column(String(8))  # project volume label
    # Its own id of a project; what is deleted for good takes this along.
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    deleted_by: Mapped[str] = mapped_column(String(64))  # a person as in project.owner
    deleted_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    contents: Mapped[dict[str, Any]]  # what was in it: numbers by noun; see queries.deleted


def put_away(
    session: Session,
    row: ProjectRow | VolumeRow | LabelRow,
    kind: str,
    deleted_by: str,
    contents: dict[str, Any],
    now: datetime | None = None,
) -> None:
    """Delete a row so that it can be restored; from now on the session does not find it either."""
    project_id = row.id if isinstance(row, ProjectRow) else row.project_id
    session.add(
        DeletedRow(
            item_id=row.id,
            kind=kind,
            project_id=project_id,
            name=row.name,
            deleted_by=deleted_by,
            deleted_at=now or utc_now(),
            contents=contents,
        )
    )
    session.flush()


def hide_deleted(state: ORMExecuteState) -> None:
    """Leave deleted projects, volumes and labels, and what is in deleted projects, out of a session's SELECT.

    To be registered for a session's event "do_orm_execute". What hangs on a volume, such as runs, is found
    through its volume or by the id of one that was found.
    """
    if not state.is_select or state.is_column_load or state.execution_options.get("with_deleted"):
        return
    how = {"include_aliases": True, "propagate_to_loaders": False}
    state.statement = state.statement.options(
        with_loader_criteria(ProjectRow, _is_there, **how),
        with_loader_criteria(VolumeRow, _is_there_in_project, **how),
        with_loader_criteria(LabelRow, _is_there_in_project, **how),
    )


def _is_there(row: type[ProjectRow]) -> ColumnElement[bool]:
    return row.id.not_in(select(DeletedRow.item_id))


def _is_there_in_project(row: type[VolumeRow] | type[LabelRow]) -> ColumnElement[bool]:
    return and_(row.id.not_in(select(DeletedRow.item_id)), row.project_id.not_in(select(DeletedRow.item_id)))
