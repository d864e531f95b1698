"""The bin: what is deleted is listed, restored or deleted for good, and goes after DAYS_IN_BIN days."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from backend.asker import Asker, Right
from backend.errors import NotFoundError
from backend.queries.access import get_project, may
from backend.queries.deleted import (
    ROWS,
    deleted_answers,
    deleted_in,
    deleted_projects_of,
    get_deleted,
    mark,
    over,
    to_mark,
)
from backend.records.media_requests import MediaItem, thumbnail_of
from backend.schemas.deleted import DeletedAnswer, RestoredAnswer
from backend.schemas.enums import DeletedKind
from backend.services.clocks import Clocks
from backend.services.housekeeping import Housekeeping
from backend.services.label_restore import restore_paint
from backend.services.quotas import Quotas
from storage.database import Database
from storage.deleted import WITH_DELETED, DeletedRow
from storage.errors import classify_database_error
from storage.models import LabelRow, ProjectRow, VolumeRow, utc_now

logger = logging.getLogger(__name__)
MAX_AT_ONCE = 50  # the next round, minutes later, goes on


class Deleted:
    """Lists, restores and ends what is in the bin. Only who may delete something sees it there.

    Args:
        wake_worker: called after a commit that gives the worker something to do.
    """

    def __init__(
        self,
        database: Database,
        housekeeping: Housekeeping,
        quotas: Quotas,
        wake_worker: Callable[[], None],
    ) -> None:
        self._database = database
        self._housekeeping = housekeeping
        self._quotas = quotas
        self._wake_worker = wake_worker
        self._clocks = Clocks()

    def projects(self, asker: Asker) -> list[DeletedAnswer]:
        """The asker's own projects that are deleted, the last one first."""
        with self._database.read() as session:
            return deleted_answers(session, deleted_projects_of(session, asker.id), utc_now())

    def of_project(self, asker: Asker, project_id: str) -> list[DeletedAnswer]:
        """Volumes and labels that were deleted from a project, the last one first.

        None for who only looks at it. Raises NotFoundError.
        """
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            may_write = may(session, asker.wanting(Right.WRITE), project)
            return deleted_answers(session, deleted_in(session, project_id) if may_write else [], utc_now())

    def thumbnail(self, asker: Asker, item_id: str) -> MediaItem:
        """The picture of a deleted volume. Raises NotFoundError."""
        with self._database.read() as session:
            deleted, _ = get_deleted(session, asker, item_id)
            volume = session.get(VolumeRow, deleted.item_id, execution_options=WITH_DELETED)
            if volume is None:
                raise NotFoundError("Only volumes have a picture.")
            return thumbnail_of(volume)

    def restore(self, asker: Asker, item_id: str) -> RestoredAnswer:
        """Bring something back as it was, a label with the paint that its deletion erased.

        Raises:
            NotFoundError: it is not in the bin for the asker.
            FrozenError: it is a label that was painted, and a scan of the project is being read blind.
        """
        with self._database.write() as session:
            deleted, _ = get_deleted(session, asker, item_id)
            session.delete(deleted)
            session.flush()
            has_paint = deleted.kind == DeletedKind.LABEL and deleted.contents.get("slices")
            label = session.get_one(LabelRow, item_id) if has_paint else None
            left_out = restore_paint(session, label, asker.id) if label else []
        self._wake_worker()
        return RestoredAnswer(left_out=left_out)

    def delete_for_good(self, asker: Asker, item_id: str) -> None:
        """Delete something with all that hangs on it, and its files. Raises NotFoundError."""
        self._delete(lambda session: get_deleted(session, asker, item_id)[0])

    def expire(self, now: datetime | None = None, steady: float | None = None) -> int:
        """Delete for good what has been in the bin for DAYS_IN_BIN days; how much that was.

        As with retention rules, what goes was marked a day before, and marks begin anew when the clock jumps.

        Args:
            now, steady: for tests, see :class:`Clocks`.
        """
        clocks = self._clocks.read(now, steady)
        moment = clocks[0]
        self._mark(moment, anew=self._clocks.have_jumped(clocks))
        self._clocks.note(clocks)
        with self._database.read() as session:
            ids = over(session, moment)
        gone = 0
        for item_id in ids:
            try:
                self._delete(partial(_found, item_id))
            except Exception as error:  # such as a file that cannot be deleted: the others go all the same
                if classify_database_error(error):
                    raise  # none of them would go
                logger.exception("%s is in the bin and could not be deleted for good", item_id)
                continue
            gone += 1
            if gone == MAX_AT_ONCE:
                break
        if gone:
            logger.info("Deleted %d things for good that were in the bin long enough.", gone)
        return gone

    def _mark(self, now: datetime, anew: bool) -> None:
        with self._database.read() as session:
            if not to_mark(session, now, anew):
                return
        with self._database.write() as session:
            for row in to_mark(session, now, anew):
                mark(row, now)

    def _delete(self, find: Callable[[Session], DeletedRow | None]) -> None:
        """Delete for good what ``find`` names once the write lock is held."""
        with self._housekeeping.deleting() as session:
            deleted = find(session)
            if deleted is None:  # restored at this moment, or gone with its project
                return
            project = session.get_one(ProjectRow, deleted.project_id, execution_options=WITH_DELETED)
            row = session.get(
                ROWS[DeletedKind(deleted.kind)], deleted.item_id, execution_options=WITH_DELETED
            )
            session.delete(deleted)
            session.flush()
            if row is not None:
                session.delete(row)
        self._quotas.forget(project.owner)


def _found(item_id: str, session: Session) -> DeletedRow | None:
    return session.get(DeletedRow, item_id)
