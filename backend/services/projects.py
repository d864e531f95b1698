"""Projects: what an owner's volumes and labels are stored in."""

from __future__ import annotations

from backend.names import clean_name
from backend.queries.access import get_project
from backend.queries.answers import project_answer, project_summary
from backend.queries.projects import projects_of
from backend.schemas.answers import ProjectAnswer, ProjectSummary
from backend.services.housekeeping import Housekeeping
from backend.services.quotas import Quotas
from storage.database import Database
from storage.models import ProjectRow


class Projects:
    """Create, list, rename and delete projects."""

    def __init__(self, database: Database, housekeeping: Housekeeping, quotas: Quotas) -> None:
        self._database = database
        self._quotas = quotas
        self._housekeeping = housekeeping

    def list_all(self, owner: str) -> list[ProjectSummary]:
        """The owner's projects, oldest first."""
        with self._database.read() as session:
            return [project_summary(project, volumes) for project, volumes in projects_of(session, owner)]

    def create(self, owner: str, name: str) -> ProjectAnswer:
        """Make an empty project.

        Raises:
            QuotaError: the owner has as many projects as one may have.
            InvalidRequestError: the name is empty.
        """
        self._quotas.require_project(owner)
        with self._database.write() as session:
            project = ProjectRow(owner=owner, name=clean_name(name, "project"))
            session.add(project)
            session.flush()
            return project_answer(session, project)

    def get(self, owner: str, project_id: str) -> ProjectAnswer:
        """One project with labels and volumes. Raises NotFoundError."""
        with self._database.read() as session:
            return project_answer(session, get_project(session, owner, project_id))

    def rename(self, owner: str, project_id: str, name: str) -> ProjectAnswer:
        """Give the project another name. Raises NotFoundError, or InvalidRequestError for an empty name."""
        with self._database.write() as session:
            project = get_project(session, owner, project_id)
            project.name = clean_name(name, "project")
            return project_answer(session, project)

    def delete(self, owner: str, project_id: str) -> None:
        """Delete the project with all volumes, annotations, masks and models in it. Raises NotFoundError."""
        with self._housekeeping.deleting() as session:
            session.delete(get_project(session, owner, project_id))
        self._quotas.forget(owner)
