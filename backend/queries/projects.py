"""The labels of a project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import LabelRow


def labels_of(session: Session, project_id: str) -> list[LabelRow]:
    """The labels of a project by value."""
    query = select(LabelRow).where(LabelRow.project_id == project_id).order_by(LabelRow.value)
    return list(session.scalars(query))


def label_with_code(session: Session, project_id: str, code: int) -> LabelRow | None:
    """The label of a project that has this code."""
    query = select(LabelRow).where(LabelRow.project_id == project_id, LabelRow.code == code)
    return session.scalar(query)
