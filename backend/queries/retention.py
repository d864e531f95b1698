"""How long a project is kept: by its own rule, and never longer than the server's upper limit.

A project goes when it was not changed for so many days. Before that the page says so, from 14 days, or half
of the period, before; and it is said for a day at least, however far the clock has jumped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from backend.schemas.enums import UNFINISHED
from storage.models import ProjectRow, RunRow, UploadRow, VolumeRow

MAX_WARNING = timedelta(days=14)
GRACE = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """What becomes of a project that nobody changes.

    Attributes:
        days: it is kept for so long after its last change.
        by_server: the server's limit says so, not the project's own rule.
        warned_from: from then on the page says when it is deleted.
        deleted_at: when that is.
    """

    days: int
    by_server: bool
    warned_from: datetime
    deleted_at: datetime

    def is_near(self, now: datetime) -> bool:
        """Whether the page says that it will be deleted."""
        return now >= self.warned_from

    def is_over(self, project: ProjectRow, now: datetime) -> bool:
        """Whether it is to be deleted: the time is over, and it was said for long enough."""
        return project.keep_warned_at is not None and now >= self.deleted_at


def retention_of(project: ProjectRow, max_days: int | None, now: datetime) -> Kept | None:
    """How long the project is kept; None for ever.

    Args:
        max_days: the server's limit, which counts for projects without a rule too.
    """
    rules = [days for days in (project.keep_days, max_days) if days is not None]
    if not rules:
        return None
    period = timedelta(days=min(rules))
    over_at = project.changed_at + period
    warned_from = over_at - min(MAX_WARNING, period / 2)
    warned_at = project.keep_warned_at or max(now, warned_from)
    by_server = project.keep_days is None or project.keep_days > min(rules)
    return Kept(min(rules), by_server, warned_from, max(over_at, warned_at + GRACE))


def select_projects_with_rule(max_days: int | None) -> Select[ProjectRow]:
    """Projects that are not kept for ever, or were not until now, those changed longest ago first."""
    query = select(ProjectRow).order_by(ProjectRow.changed_at)
    ruled = or_(ProjectRow.keep_days.is_not(None), ProjectRow.keep_warned_at.is_not(None))
    return query if max_days is not None else query.where(ruled)


def is_busy(session: Session, project_id: str) -> bool:
    """Whether a run of the project has not ended, or an upload waits for a choice."""
    runs = select(RunRow.id).join(VolumeRow, RunRow.volume_id == VolumeRow.id)
    unfinished = runs.where(VolumeRow.project_id == project_id, RunRow.state.in_(UNFINISHED)).exists()
    waiting = select(UploadRow.id).where(UploadRow.project_id == project_id).exists()
    return bool(session.scalar(select(or_(unfinished, waiting))))
