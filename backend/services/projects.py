"""Projects: what an owner's volumes and labels live in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from backend.errors import InvalidRequestError
from backend.services.access import get_project
from backend.services.housekeeping import Housekeeping
from backend.services.quotas import Quotas
from backend.services.summaries import iso, project_json
from storage.database import Database
from storage.models import ProjectRow, VolumeRow


class Projects:
    """Create, list, rename and delete projects."""

    def __init__(self, database: Database, housekeeping: Housekeeping, quotas: Quotas) -> None:
        self._database = database
        self._quotas = quotas
        self._housekeeping = housekeeping

    def list_all(self, owner: str) -> list[dict[str, Any]]:
        """The owner's projects, oldest first."""
        count = (
            select(func.count(VolumeRow.id)).where(VolumeRow.project_id == ProjectRow.id).scalar_subquery()
        )
        query = select(ProjectRow, count).where(ProjectRow.owner == owner).order_by(ProjectRow.created_at)
        with self._database.read() as session:
            return [
                {
                    "id": project.id,
                    "name": project.name,
                    "created_at": iso(project.created_at),
                    "volume_count": volumes,
                }
                for project, volumes in session.execute(query)
            ]

    def create(self, owner: str, name: str) -> dict[str, Any]:
        """A new, empty project. Raises QuotaError when the owner has as many as one may have."""
        self._quotas.require_project(owner)
        with self._database.write() as session:
            project = ProjectRow(owner=owner, name=clean_name(name, "project"))
            session.add(project)
            session.flush()
            return project_json(session, project)

    def get(self, owner: str, project_id: str) -> dict[str, Any]:
        """One project with labels and volumes."""
        with self._database.read() as session:
            return project_json(session, get_project(session, owner, project_id))

    def rename(self, owner: str, project_id: str, name: str) -> dict[str, Any]:
        """Give the project another name."""
        with self._database.write() as session:
            project = get_project(session, owner, project_id)
            project.name = clean_name(name, "project")
            return project_json(session, project)

    def delete(self, owner: str, project_id: str) -> None:
        """Delete the project with all volumes, annotations, masks and models in it."""
        with self._housekeeping.deleting() as session:
            session.delete(get_project(session, owner, project_id))
        self._quotas.forget(owner)


def clean_name(name: str, noun: str) -> str:
    """A name for people: trimmed, on one line, at most 200 characters. Raises InvalidRequestError."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200]
    if not cleaned:
        raise InvalidRequestError(f"The {noun}'s name must not be empty. Type a name.")
    return cleaned
