"""Projects: what an owner's volumes and labels are stored in."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.names import clean_name
from backend.queries.access import get_project
from backend.queries.project_answers import project_answer, project_summaries
from backend.schemas.answers import ProjectAnswer, ProjectSummary
from backend.schemas.enums import ErrorCode
from backend.services.deletion import put_project_away
from backend.services.housekeeping import Housekeeping
from backend.services.quotas import Quotas
from storage.changes import note_change
from storage.database import Database
from storage.freezing import accepted_names
from storage.models import ProjectRow


class Projects:
    """Create, list, rename and delete projects.

    Args:
        max_keep_days: none is kept longer than so many days after its last change; None for no limit.
    """

    def __init__(
        self, database: Database, housekeeping: Housekeeping, quotas: Quotas, max_keep_days: int | None
    ) -> None:
        self._max_days = max_keep_days
        self._database = database
        self._quotas = quotas
        self._housekeeping = housekeeping

    def list_all(self, asker: Asker, everyones: bool = False) -> list[ProjectSummary]:
        """The asker's projects, then those that are shared with the asker, each oldest first.

        Args:
            everyones: all projects there are, which an administrator may look at.
        """
        with self._database.read() as session:
            return project_summaries(session, asker, self._max_days, everyones)

    def create(self, asker: Asker, name: str) -> ProjectAnswer:
        """Make an empty project.

        Raises:
            QuotaError: the owner has as many projects as one may have.
            InvalidRequestError: the name is empty.
        """
        with self._database.write() as session:
            self._quotas.require_project(session, asker.id)
            project = ProjectRow(owner=asker.id, name=clean_name(name, "project"))
            session.add(project)
            session.flush()
            return self._answer(session, asker, project)

    def get(self, asker: Asker, project_id: str) -> ProjectAnswer:
        """One project with labels and volumes. Raises NotFoundError."""
        with self._database.read() as session:
            return self._answer(session, asker, get_project(session, asker, project_id))

    def rename(self, asker: Asker, project_id: str, name: str) -> ProjectAnswer:
        """Give the project another name. Raises NotFoundError, or InvalidRequestError for an empty name."""
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            project.name = clean_name(name, "project")
            return self._answer(session, asker, project)

    def set_rules(
        self, asker: Asker, project_id: str, keep_days: int | None, deidentify: bool
    ) -> ProjectAnswer:
        """Say how long the project is kept, and whether its imports keep no names.

        Args:
            keep_days: it is deleted when it was not changed for so many days; None: by the server's limit.

        Raises:
            NotFoundError: there is no such project for the asker.
            InvalidRequestError: the server keeps no project for so long.
        """
        if keep_days is not None and self._max_days is not None and keep_days > self._max_days:
            raise InvalidRequestError(
                f"This server keeps a project for {self._max_days} days at most, got {keep_days}."
            )
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            project.keep_days, project.deidentify = keep_days, deidentify
            note_change(project)
            return self._answer(session, asker, project)

    def delete(self, asker: Asker, project_id: str) -> None:
        """Delete the project with all that is in it; it can be restored for a while.

        Raises:
            NotFoundError: there is no such project.
            ConflictError: a volume of it was accepted in a review. A rule deletes it all the same.
        """
        with self._housekeeping.deleting() as session:
            project = get_project(session, asker, project_id)
            if accepted := accepted_names(session, project_id):
                raise ConflictError(
                    f"This project holds what was accepted in a review ('{accepted[0]}'), so it was not "
                    "deleted. Reopen each accepted volume first, with a reason; that is recorded.",
                    code=ErrorCode.FROZEN,
                )
            put_project_away(session, project, asker.id)
        self._quotas.forget(project.owner)  # uploads that waited in it are gone

    def delete_found(self, find: Callable[[Session], ProjectRow | None]) -> bool:
        """Delete for good the project that ``find`` names once the write lock is held; False for none."""
        with self._housekeeping.deleting() as session:
            project = find(session)
            if project is None:
                return False
            owner = project.owner
            session.delete(project)
        self._quotas.forget(owner)
        return True

    def _answer(self, session: Session, asker: Asker, project: ProjectRow) -> ProjectAnswer:
        return project_answer(session, asker, project, self._max_days)
