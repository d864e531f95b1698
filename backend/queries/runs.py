"""Runs of volumes. The newest is the one asked for last."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from backend.queries.newest import by_age
from backend.schemas.enums import UNFINISHED, RunState
from storage.models import MaskRow, ModelRow, ProjectRow, RunRow, VolumeRow
from storage.readings import EVERY_READING

NEWEST_FIRST = (RunRow.created_at.desc(), RunRow.id)


def newest_runs(session: Session, volume_ids: Collection[str]) -> dict[str, RunRow]:
    """The newest run by volume, for volumes that have one."""
    ranked = by_age(RunRow, volume_ids, RunRow)
    newest = aliased(RunRow, ranked)
    return {run.volume_id: run for run in session.scalars(select(newest).where(ranked.c.place == 1))}


def newest_models(session: Session, volume_ids: Collection[str]) -> dict[str, str]:
    """The id of the newest model that a run made on each volume, for volumes that have one."""
    ranked = by_age(ModelRow, volume_ids, ModelRow.id, ModelRow.volume_id)
    rows = session.execute(select(ranked.c.volume_id, ranked.c.id).where(ranked.c.place == 1))
    return {row.volume_id: row.id for row in rows}


def select_runs(volume_id: str) -> Select[RunRow]:
    """The runs of a volume, the newest first."""
    return select(RunRow).where(RunRow.volume_id == volume_id).order_by(*NEWEST_FIRST)


def unfinished_runs(session: Session, volume_id: str) -> list[RunRow]:
    """Runs of a volume that wait or run, though the volume is hidden as it is read blind."""
    query = select_runs(volume_id).where(RunRow.state.in_(UNFINISHED))
    return list(session.scalars(query, execution_options=EVERY_READING))


ASKED_BY = func.coalesce(RunRow.asked_by, ProjectRow.owner)
"""Whose run it is: of a project that is shared, who asked for it. Earlier versions did not note that."""


def queued_count(session: Session, asked_by: str) -> int:
    """How many runs that a person asked for wait."""
    query = select(func.count(RunRow.id)).join(VolumeRow, RunRow.volume_id == VolumeRow.id).join(ProjectRow)
    return session.scalar(query.where(ASKED_BY.in_([asked_by]), RunRow.state == RunState.QUEUED)) or 0


def masks_of_runs(session: Session, run_ids: Collection[str]) -> dict[str, str]:
    """The id of the mask by the id of the run that made it."""
    query = select(MaskRow.run_id, MaskRow.id).where(MaskRow.run_id.in_(run_ids))
    return dict(session.execute(query).all())
