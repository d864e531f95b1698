"""Projects: what an owner's volumes and labels are stored in."""

from __future__ import annotations

from backend.asker import Asker
from backend.names import clean_name
from backend.queries.access import get_project
from backend.queries.project_answers import project_answer, project_summaries
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

    def list_all(self, asker: Asker, everyones: bool = False) -> list[ProjectSummary]:
        """The asker's projects, then those that are shared with the asker, each oldest first.

        Args:
            everyones: all projects there are, which an administrator may look at.
        """
        with self._database.read() as session:
            return project_summaries(session, asker, everyones)

    def create(self, asker: Asker, name: str) -> ProjectAnswer:
        """Make an empty project.

        Raises:
            QuotaError: the owner has as many projects as one may have.
            InvalidRequestError: the name is empty.
        """
        self._quotas.require_project(asker.id)
        with self._database.write() as session:
            project = ProjectRow(owner=asker.id, name=clean_name(name, "project"))
            session.add(project)
            session.flush()
            return project_answer(session, asker, project)

    def get(self, asker: Asker, project_id: str) -> ProjectAnswer:
        """One project with labels and volumes. Raises NotFoundError."""
        with self._database.read() as session:
            return project_answer(session, asker, get_project(session, asker, project_id))

    def rename(self, asker: Asker, project_id: str, name: str) -> ProjectAnswer:
        """Give the project another name. Raises NotFoundError, or InvalidRequestError for an empty name."""
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            project.name = clean_name(name, "project")
            return project_answer(session, asker, project)

    def delete(self, asker: Asker, project_id: str) -> None:
        """Delete the project with all volumes, annotations, masks and models in it. Raises NotFoundError."""
        with self._housekeeping.deleting() as session:
            project = get_project(session, asker, project_id)
            owner = project.owner
            session.delete(project)
        self._quotas.forget(owner)
