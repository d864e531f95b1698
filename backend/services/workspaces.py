"""Workspaces: what an owner has on this server, from the first write until it is deleted or expires.

Reading makes nothing. The first write makes the owner's row; the page's first request that writes,
POST /api/workspace, adds the demo project. In multi-user mode new workspaces are limited in number
per minute, and those nobody uses are deleted by :meth:`Workspaces.expire`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.config import Config
from backend.errors import TooManyError
from backend.queries.owners import has_more_than_demo, idle_owners, is_known
from backend.schemas.answers import ProjectSummary
from backend.services.demo import Demo
from backend.services.housekeeping import Housekeeping
from backend.services.projects import Projects
from backend.services.rates import TokenBucket, TokenBuckets
from storage.database import Database
from storage.deleted import WITH_DELETED
from storage.models import OwnerRow, ProjectRow, utc_now

logger = logging.getLogger(__name__)

NEW_PER_MINUTE, NEW_AT_ONCE = 30, 60
NEW_OF_ONE_NETWORK_PER_MINUTE, NEW_OF_ONE_NETWORK_AT_ONCE = 6, 20
MAX_ACTIVITY_INTERVAL = timedelta(days=1)
UNUSED_LIFETIME = timedelta(hours=24)
MAX_EXPIRED_AT_ONCE = 200  # the next round, minutes later, goes on


class Workspaces:
    """Make, note as used, and expire workspaces."""

    def __init__(
        self, database: Database, config: Config, demo: Demo, projects: Projects, housekeeping: Housekeeping
    ) -> None:
        self._database = database
        self._config = config
        self._demo = demo
        self._projects = projects
        self._housekeeping = housekeeping
        # Who has an account comes back to what the demo was left as.
        self._unused = timedelta(days=config.keep_days or 0) if config.auth else UNUSED_LIFETIME
        self._keep = None if config.keep_days is None else timedelta(days=config.keep_days)
        # How exactly is known when somebody was active; what is to be kept for a day is not noted once a day.
        self._noted_every = min(MAX_ACTIVITY_INTERVAL, (self._keep or timedelta.max) / 24)
        self._new = TokenBucket(NEW_PER_MINUTE, NEW_AT_ONCE)
        self._new_of_one_network = TokenBuckets(NEW_OF_ONE_NETWORK_PER_MINUTE, NEW_OF_ONE_NETWORK_AT_ONCE)

    def exists(self, owner: str) -> bool:
        """Whether this owner ever wrote something here."""
        with self._database.read() as session:
            return is_known(session, owner)

    def was_there(self, owner: str, before: datetime) -> bool:
        """Whether this owner had something here before that moment."""
        with self._database.read() as session:
            return is_known(session, owner, before)

    def open(self, asker: Asker, network: str | None = None) -> list[ProjectSummary]:
        """The asker's projects; the demo project is made for one who never had it.

        Raises:
            TooManyError: too many new workspaces in the last minute.
        """
        self.admit(asker.id, network)
        self._demo.ensure(asker.id)
        return self._projects.list_all(asker)

    def admit(self, owner: str, network: str | None = None) -> None:
        """Make the owner's row before a first write. Raises TooManyError as :meth:`open` does.

        Args:
            network: where the request comes from, if known: one network does not use up what all have.
        """
        if self.exists(owner):
            return
        if self._config.multi_user and not (self._new_of_one_network.take(network) and self._new.take()):
            raise TooManyError(
                "Many people are starting here at this moment. Wait a minute, then reload the page."
            )
        with self._database.write() as session:
            if session.get(OwnerRow, owner) is None:
                session.add(OwnerRow(id=owner, demo_created=False, last_seen_at=utc_now()))

    def note_activity(self, owner: str) -> None:
        """Remember that the owner wrote something; seldom, as often as the lifetime of work asks for."""
        if not self._config.multi_user:
            return
        latest = utc_now() - self._noted_every
        with self._database.read() as session:
            row = session.get(OwnerRow, owner)
            if row is None or (row.last_seen_at is not None and row.last_seen_at > latest):
                return
        with self._database.write() as session:
            row = session.get(OwnerRow, owner)
            if row is not None:
                row.last_seen_at = utc_now()

    def expire(self, now: datetime | None = None) -> int:
        """Delete workspaces that nobody uses, with all their files; how many were deleted.

        Only in multi-user mode, and never that of a single user or, without ``keep_days``, of a person
        with an account: those that hold nothing but the
        untouched demo, or nothing at all, UNUSED_LIFETIME after the last write; with ``keep_days``
        all that were not written to for so many days.
        """
        config = self._config
        if not config.multi_user or (config.auth and config.keep_days is None):
            return 0
        moment = utc_now() if now is None else now
        expired = [owner for owner in self._candidates(moment) if self._delete(owner, moment)]
        if expired:
            logger.info("Deleted %d workspaces that were not used any more.", len(expired))
        return len(expired)

    def _candidates(self, now: datetime) -> list[str]:
        """A few owners to delete."""
        all_idle_since = None if self._keep is None else now - self._keep - self._noted_every
        with self._database.read() as session:
            return idle_owners(session, now - self._unused, all_idle_since, MAX_EXPIRED_AT_ONCE)

    def _delete(self, owner: str, now: datetime) -> bool:
        """Delete the owner's workspace if it is still to be deleted once the write lock is held."""
        with self._housekeeping.deleting() as session:
            row = session.get(OwnerRow, owner)
            if row is None or not self._is_over(session, row, now):
                return False
            projects = select(ProjectRow).where(ProjectRow.owner == owner)
            for project in session.scalars(projects, execution_options=WITH_DELETED):
                session.delete(project)
            session.delete(row)
            return True

    def _is_over(self, session: Session, owner: OwnerRow, now: datetime) -> bool:
        """Whether the owner's workspace is to be deleted."""
        idle = now - (owner.last_seen_at or owner.created_at)
        if idle < self._unused:
            return False
        if self._keep is not None and idle >= self._keep + self._noted_every:
            return True
        return not has_more_than_demo(session, owner.id)
