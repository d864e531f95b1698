"""The labels of a project."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.deleted import WITH_DELETED
from storage.models import LabelRow


def labels_of(session: Session, project_id: str) -> list[LabelRow]:
    """The labels of a project by value."""
    query = select(LabelRow).where(LabelRow.project_id == project_id).order_by(LabelRow.value)
    return list(session.scalars(query))


def label_names(session: Session, project_ids: Collection[str]) -> dict[tuple[str, int], str]:
    """What labels of the projects are called, by project and value."""
    query = select(LabelRow.project_id, LabelRow.value, LabelRow.name)
    rows = session.execute(query.where(LabelRow.project_id.in_(project_ids)))
    return {(project_id, value): name for project_id, value, name in rows}


def labels_with_deleted(session: Session, project_id: str) -> list[LabelRow]:
    """The labels of a project, those that can be restored too: their values and codes are taken."""
    query = select(LabelRow).where(LabelRow.project_id == project_id)
    return list(session.scalars(query, execution_options=WITH_DELETED))
