"""Whose job is next: owners take turns, so that one person's many jobs do not stop all others.

The turn is the owner's who was last served longest ago. Of an owner's runs the oldest goes first; of an
owner's encodings the one that was asked for last, which is most likely the volume on screen. With one
owner this is the plain order of the queue.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from storage.models import Project, Run, Volume

QUANTUM_S = 20.0
"""How long an encoding goes on while other owners wait for theirs."""


def next_run(session: Session) -> Run | None:
    """The queued run whose turn it is."""
    served = (
        select(Project.owner, func.max(Run.started_at).label("at"))
        .join(Volume, Volume.project_id == Project.id)
        .join(Run, Run.volume_id == Volume.id)
        .group_by(Project.owner)
        .subquery()
    )
    query = (
        select(Run)
        .join(Volume, Run.volume_id == Volume.id)
        .join(Project, Volume.project_id == Project.id)
        .join(served, served.c.owner == Project.owner)
        .where(Run.state == "queued")
        .order_by(served.c.at.is_not(None), served.c.at, Run.created_at, Run.id)
    )
    return session.scalar(query.limit(1))


def next_encoding(session: Session) -> Volume | None:
    """The volume whose turn it is to be encoded."""
    served = (
        select(Project.owner, func.max(Volume.encoding_turn_at).label("at"))
        .join(Volume, Volume.project_id == Project.id)
        .group_by(Project.owner)
        .subquery()
    )
    query = (
        select(Volume)
        .join(Project, Volume.project_id == Project.id)
        .join(served, served.c.owner == Project.owner)
        .where(Volume.encoding_state == "pending")
        .order_by(served.c.at.is_not(None), served.c.at, Volume.encoding_requested_at.desc())
    )
    return session.scalar(query.limit(1))


def must_give_way(session: Session, volume: Volume, encoding_for_s: float) -> bool:
    """Whether a running encoding stops for a run, for the owner's newer wish or for another owner's turn."""
    if session.scalar(select(Run.id).where(Run.state == "queued").limit(1)) is not None:
        return True
    owner = session.scalar(select(Project.owner).where(Project.id == volume.project_id))
    waiting = (
        select(Volume.id)
        .join(Project, Volume.project_id == Project.id)
        .where(Volume.encoding_state == "pending")
        .limit(1)
    )
    asked_at = volume.encoding_requested_at or volume.created_at
    newer = waiting.where(Project.owner == owner, Volume.encoding_requested_at > asked_at)
    if session.scalar(newer) is not None:
        return True
    others = waiting.where(Project.owner != owner, not_(_same_slices(volume)))
    return encoding_for_s >= QUANTUM_S and session.scalar(others) is not None


def waiting_siblings(session: Session, volume: Volume) -> list[Volume]:
    """Volumes that wait for the very embeddings this one has, such as other people's copies of the demo."""
    query = select(Volume).where(
        Volume.encoding_state == "pending", Volume.id != volume.id, _same_slices(volume)
    )
    return list(session.scalars(query))


def _same_slices(volume: Volume) -> ColumnElement[bool]:
    return and_(
        Volume.content_hash == volume.content_hash,
        Volume.plane == volume.plane,
        Volume.modality == volume.modality,  # decides the window that slices are encoded with
    )
