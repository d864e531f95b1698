"""Projects of an owner, and the labels of a project."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import LabelRow, ProjectRow, VolumeRow


def projects_of(session: Session, owner: str) -> list[tuple[ProjectRow, int]]:
    """The owner's projects, oldest first, each with its number of volumes."""
    count = select(func.count(VolumeRow.id)).where(VolumeRow.project_id == ProjectRow.id).scalar_subquery()
    query = select(ProjectRow, count).where(ProjectRow.owner == owner).order_by(ProjectRow.created_at)
    return [(project, volumes) for project, volumes in session.execute(query)]


def labels_of(session: Session, project_id: str) -> list[LabelRow]:
    """The labels of a project by value."""
    query = select(LabelRow).where(LabelRow.project_id == project_id).order_by(LabelRow.value)
    return list(session.scalars(query))


def label_with_code(session: Session, project_id: str, code: int) -> LabelRow | None:
    """The label of a project that has this code."""
    query = select(LabelRow).where(LabelRow.project_id == project_id, LabelRow.code == code)
    return session.scalar(query)
