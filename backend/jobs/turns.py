"""Whose job is next: owners take turns, so that one person's many jobs do not stop all others.

The turn is the owner's who was last served longest ago; a run in a project that is shared takes the turn of
who asked for it. Of an owner's runs the oldest goes first; of an
owner's encodings the one that was asked for last, which is most likely the volume on screen. With one
owner this is the plain order of the queue.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, not_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from backend.queries.runs import ASKED_BY
from backend.records.batches import waiting_volumes
from backend.schemas.enums import EncodingState, RunState
from storage.models import ProjectRow, RunRow, VolumeRow

QUANTUM_S = 20.0
"""How long an encoding goes on while other owners wait for theirs."""


def next_run(session: Session) -> RunRow | None:
    """The queued run whose turn it is."""
    served = last_served()
    query = (
        select(RunRow)
        .join(VolumeRow, RunRow.volume_id == VolumeRow.id)
        .join(ProjectRow, VolumeRow.project_id == ProjectRow.id)
        .join(served, served.c.asked_by == ASKED_BY)
        .where(RunRow.state == RunState.QUEUED)
        .order_by(served.c.at.is_not(None), served.c.at, RunRow.created_at, RunRow.id)
    )
    return session.scalar(query.limit(1))


def last_served() -> Subquery:
    """By ``asked_by``, ``at``: when a run of theirs began last."""
    return (
        select(ASKED_BY.label("asked_by"), func.max(RunRow.started_at).label("at"))
        .join_from(RunRow, VolumeRow, RunRow.volume_id == VolumeRow.id)
        .join(ProjectRow, VolumeRow.project_id == ProjectRow.id)
        .group_by(ASKED_BY)
        .subquery()
    )


def next_encoding(session: Session) -> VolumeRow | None:
    """The volume whose turn it is to be encoded."""
    served = (
        select(ProjectRow.owner, func.max(VolumeRow.encoding_turn_at).label("at"))
        .join(VolumeRow, VolumeRow.project_id == ProjectRow.id)
        .group_by(ProjectRow.owner)
        .subquery()
    )
    query = (
        select(VolumeRow)
        .join(ProjectRow, VolumeRow.project_id == ProjectRow.id)
        .join(served, served.c.owner == ProjectRow.owner)
        .where(VolumeRow.encoding_state == EncodingState.PENDING)
        .order_by(served.c.at.is_not(None), served.c.at, VolumeRow.encoding_requested_at.desc())
    )
    return session.scalar(query.limit(1))


def must_give_way(session: Session, volume: VolumeRow, encoding_for_s: float) -> bool:
    """Whether a running encoding stops for a run, the owner's newer wish, or another's or a batch's turn."""
    if session.scalar(select(RunRow.id).where(RunRow.state == RunState.QUEUED).limit(1)) is not None:
        return True
    if encoding_for_s >= QUANTUM_S and session.scalar(select(waiting_volumes().exists())):
        return True
    owner = session.scalar(select(ProjectRow.owner).where(ProjectRow.id == volume.project_id))
    waiting = (
        select(VolumeRow.id)
        .join(ProjectRow, VolumeRow.project_id == ProjectRow.id)
        .where(VolumeRow.encoding_state == EncodingState.PENDING)
        .limit(1)
    )
    asked_at = volume.encoding_requested_at or volume.created_at
    newer = waiting.where(ProjectRow.owner == owner, VolumeRow.encoding_requested_at > asked_at)
    if session.scalar(newer) is not None:
        return True
    others = waiting.where(ProjectRow.owner != owner, not_(_same_slices(volume)))
    return encoding_for_s >= QUANTUM_S and session.scalar(others) is not None


def waiting_siblings(session: Session, volume: VolumeRow) -> list[VolumeRow]:
    """Volumes that wait for the very embeddings this one has, such as other people's copies of the demo."""
    query = select(VolumeRow).where(
        VolumeRow.encoding_state == EncodingState.PENDING, VolumeRow.id != volume.id, _same_slices(volume)
    )
    return list(session.scalars(query))


def _same_slices(volume: VolumeRow) -> ColumnElement[bool]:
    return and_(
        VolumeRow.content_hash == volume.content_hash,
        VolumeRow.plane == volume.plane,
        VolumeRow.modality == volume.modality,  # decides the window that slices are encoded with
    )
