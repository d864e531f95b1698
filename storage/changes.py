"""When a project was last changed, noted wherever rows of it are written.

Every writing session looks at its rows itself (:meth:`storage.database.Database.write`), so that no service
can forget to: what counts as unchanged may be deleted one day.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.deleted import WITH_DELETED, DeletedRow
from storage.models import (
    AnnotationRow,
    LabelRow,
    MaskRow,
    ModelRow,
    ProjectRow,
    RunRow,
    VolumeRow,
    utc_now,
)
from storage.readings import MergeRow, ReadingRow
from storage.references import ReferenceRow
from storage.reviews import ReviewCommentRow, ReviewStepRow

_OF_A_PROJECT = (LabelRow, VolumeRow, ModelRow, DeletedRow)
_OF_A_VOLUME = (
    AnnotationRow,
    RunRow,
    MaskRow,
    ReviewStepRow,
    ReviewCommentRow,
    ReferenceRow,
    ReadingRow,
    MergeRow,
)
_CHANGED_BY_PEOPLE: dict[type[Any], tuple[str, ...]] = {
    ProjectRow: ("name", "keep_days", "deidentify"),
    LabelRow: ("name", "color", "code", "term"),
    VolumeRow: ("name", "modality", "plane"),  # not how far its encoding is, nor the slice on screen
    RunRow: ("state",),
    MaskRow: ("made_current_at",),
    ReadingRow: ("finished_at", "revealed_at"),
}


def note_changes(session: Session, *_: Any) -> None:
    """Before rows are written: note the moment in the projects that they belong to.

    Counts what is added and deleted, and of rows that are there what people change: a visit changes nothing.
    """
    rows = [*session.new, *session.deleted, *(row for row in session.dirty if _is_changed(row))]
    for project in {_project_of(session, row) for row in rows} - {None}:
        if project not in session.deleted:
            note_change(project)


def note_change(project: ProjectRow) -> None:
    """The project was changed now: its time begins anew, and no warning was given."""
    project.changed_at, project.keep_warned_at = utc_now(), None


def _is_changed(row: Any) -> bool:
    attributes = sa.inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in _CHANGED_BY_PEOPLE.get(type(row), ()))


def _project_of(session: Session, row: Any) -> Any:
    if isinstance(row, _OF_A_VOLUME):
        row = session.get(VolumeRow, row.volume_id, execution_options=WITH_DELETED)
    if isinstance(row, _OF_A_PROJECT):
        row = session.get(ProjectRow, row.project_id, execution_options=WITH_DELETED)
    return row if isinstance(row, ProjectRow) else None
