"""The labels of a project."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def label_with_code(session: Session, project_id: str, code: int) -> LabelRow | None:
    """The label of a project that has this code."""
    query = select(LabelRow).where(LabelRow.project_id == project_id, LabelRow.code == code)
    return session.scalar(query)
