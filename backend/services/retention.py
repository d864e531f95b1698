"""Deletes projects by their rule (:mod:`backend.queries.retention`), from the janitor's thread.

A clock that is wrong must not delete what a person keeps. So nothing is deleted that was not marked a day
before as near its end, marks begin anew when the clock jumps while the server runs, what lies in the future
is moved to now, and one round deletes MAX_AT_ONCE projects at most.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from backend.audit_trail import AuditTrail
from backend.config import Config
from backend.queries.retention import is_busy, retention_of, select_projects_with_rule
from backend.services.clocks import Clocks
from backend.services.projects import Projects
from storage.database import Database
from storage.deleted import WITH_DELETED
from storage.models import ProjectRow

logger = logging.getLogger(__name__)
MAX_AT_ONCE = 10
BY_THE_RULE = "deleted by the retention rule"
"""What the audit trail says."""


class Retention:
    """Marks projects whose end is near and deletes those whose time is over.

    Args:
        audit: None where nobody logs in.
    """

    def __init__(
        self, database: Database, config: Config, projects: Projects, audit: AuditTrail | None
    ) -> None:
        self._database = database
        self._max_days = config.max_keep_days
        self._projects = projects
        self._audit = audit
        self._clocks = Clocks()

    def sweep(self, now: datetime | None = None, steady: float | None = None) -> int:
        """One round; how many projects were deleted.

        Args:
            now, steady: for tests, see :class:`Clocks`.
        """
        clocks = self._clocks.read(now, steady)
        moment = clocks[0]
        self._mark(moment, anew=self._clocks.have_jumped(clocks))
        self._clocks.note(clocks)
        with self._database.read() as session:
            ruled = self._with_rule(session)
            over = [project.id for project in ruled if self._is_over(session, project, moment)]
        deleted = [project_id for project_id in over[:MAX_AT_ONCE] if self._delete(project_id, moment)]
        if deleted:
            logger.info("Deleted %d projects by their retention rule.", len(deleted))
        return len(deleted)

    def _mark(self, now: datetime, anew: bool) -> None:
        """Note since when the end of projects is near; written only where something is to be noted."""
        with self._database.read() as session:
            if all(self._is_marked(each, now, anew) for each in self._with_rule(session)):
                return
        with self._database.write() as session:
            for project in self._with_rule(session):
                mark = self._mark_of(project, now, anew)
                project.changed_at, project.keep_warned_at = min(project.changed_at, now), mark

    def _is_marked(self, project: ProjectRow, now: datetime, anew: bool) -> bool:
        return project.changed_at <= now and project.keep_warned_at == self._mark_of(project, now, anew)

    def _mark_of(self, project: ProjectRow, now: datetime, anew: bool) -> datetime | None:
        """Since when it is said that the project will be deleted; None while it is not."""
        kept, since = retention_of(project, self._max_days, now), project.keep_warned_at
        if kept is None or not kept.is_near(now):
            return None
        return now if since is None or since > now or anew else since

    def _with_rule(self, session: Session) -> list[ProjectRow]:
        """Deleted ones too: what can be restored is kept no longer than its rule says."""
        query = select_projects_with_rule(self._max_days)
        return list(session.scalars(query, execution_options=WITH_DELETED))

    def _is_over(self, session: Session, project: ProjectRow, now: datetime) -> bool:
        kept = retention_of(project, self._max_days, now)
        return kept is not None and kept.is_over(project, now) and not is_busy(session, project.id)

    def _delete(self, project_id: str, now: datetime) -> bool:
        """Delete the project if it is still to be deleted once the write lock is held."""

        def find(session: Session) -> ProjectRow | None:
            project = session.get(ProjectRow, project_id, execution_options=WITH_DELETED)
            return project if project is not None and self._is_over(session, project, now) else None

        if not self._projects.delete_found(find):
            return False
        if self._audit is not None:
            self._audit.record(BY_THE_RULE, f"/api/projects/{project_id}", 204, None)
        return True
