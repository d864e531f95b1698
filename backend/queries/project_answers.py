"""Projects as one person sees them: their own, and those that others share with them."""

from __future__ import annotations

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.queries.access import access_as, access_of, owner_name
from backend.queries.answers import label_answer, volume_answers
from backend.queries.retention import retention_of
from backend.schemas.answers import ProjectAnswer, ProjectSummary
from backend.schemas.enums import ProjectAccess
from storage.accounts import AccountRow, ProjectMemberRow
from storage.models import ProjectRow, VolumeRow, utc_now
from storage.readings import see_as


def project_summaries(
    session: Session, asker: Asker, max_keep_days: int | None, everyones: bool = False
) -> list[ProjectSummary]:
    """The asker's projects, then those that others share with the asker, each oldest first.

    Args:
        max_keep_days: how long the server keeps any project; None for no limit.
        everyones: all that the asker may look at; for an administrator those are all there are.
    """
    see_as(session, asker.id)
    count = select(func.count(VolumeRow.id)).where(VolumeRow.project_id == ProjectRow.id).scalar_subquery()
    is_mine = ProjectRow.owner == asker.id
    is_member = and_(ProjectMemberRow.project_id == ProjectRow.id, ProjectMemberRow.account_id == asker.id)
    query = (
        select(ProjectRow, count, ProjectMemberRow, AccountRow.name)
        .outerjoin(ProjectMemberRow, is_member)
        .outerjoin(AccountRow, AccountRow.id == ProjectRow.owner)
        .order_by(not_(is_mine), ProjectRow.created_at)
    )
    if not everyones:
        query = query.where(or_(is_mine, ProjectMemberRow.account_id.is_not(None)))
    return [
        _summary(asker, project, volumes, access, name, max_keep_days)
        for project, volumes, member, name in session.execute(query)
        if (access := access_as(asker, project, member)) is not None
    ]


def project_answer(
    session: Session, asker: Asker, project: ProjectRow, max_keep_days: int | None
) -> ProjectAnswer:
    """A project that the asker may look at, with its labels and volumes."""
    access = access_of(session, asker, project) or ProjectAccess.REVIEWER
    name = owner_name(session, project)
    return ProjectAnswer(
        **dict(_summary(asker, project, len(project.volumes), access, name, max_keep_days)),
        labels=[label_answer(label) for label in project.labels],
        volumes=volume_answers(session, project.volumes),
    )


def _summary(
    asker: Asker,
    project: ProjectRow,
    volume_count: int,
    access: ProjectAccess,
    owner: str | None,
    max_keep_days: int | None,
) -> ProjectSummary:
    """``owner``: what the project's owner is called."""
    now = utc_now()
    kept = retention_of(project, max_keep_days, now)
    return ProjectSummary(
        id=project.id,
        name=project.name,
        created_at=project.created_at,
        volume_count=volume_count,
        access=access,
        owner_name=None if project.owner == asker.id else owner,
        deidentify=project.deidentify,
        keep_days=project.keep_days,
        deleted_at=kept.deleted_at if kept else None,
        deletion_near=kept is not None and kept.is_near(now),
        kept_by_server=kept is not None and kept.by_server,
    )
