"""Blind readings: volumes that several people label of the same scan, and what each of them must not see.

A reading is a volume of its own of the same voxels. Until all readings of a scan are revealed, a reader sees
their own one alone: not those of the others, not the volume that was to be read. A session that works for a
person says so (:func:`see_as`), and from then on nothing of the hidden volumes is in what it selects, joins
and counts (:func:`hide_readings`), so that no query can forget to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ForeignKey, String, Text, and_, cast, or_, select
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption

from storage.models import (
    AnnotationRow,
    Base,
    MaskRow,
    ModelRow,
    ProjectRow,
    RunRow,
    VolumeRow,
    utc_now,
)
from storage.references import ReferenceRow

_PERSON, _HIDING = "person", "hiding readings"
EVERY_READING = {"every_reading": True}
"""Execution options of a statement that sees what is hidden from the session's person too: for what has to
hold whoever asks, and is not told."""


class ReadingRow(Base):
    """What one person labels of a scan without seeing what others made of it."""

    __tablename__ = "reading"
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), primary_key=True)
    # The volume that was to be read. Where that is gone a reading is a volume as any other.
    of_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    reader: Mapped[str] = mapped_column(String(64), index=True)  # a person as in project.owner
    number: Mapped[int]  # among those of the volume, from 1; from 2 where that itself is the first
    # Since when what the volume held is the first reading, though it is none itself; None where it is not.
    of_first_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # by its reader; it is frozen from then on
    revealed_at: Mapped[datetime | None]  # all were finished, or ended: there is nothing to hide any more
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class AgreementRow(Base):
    """How far two readings agree, computed once: both are frozen."""

    __tablename__ = "reading_agreement"
    first_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[str] = mapped_column(
        ForeignKey("volume.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    plane: Mapped[str] = mapped_column(String(8))
    scores: Mapped[list[Any]]  # of each label, see backend.records.scores
    slices: Mapped[list[Any]]  # of the plane, those that differ: index, voxels, label values
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MergeRow(Base):
    """A merge of readings into the volume that was read; rows are only ever added."""

    __tablename__ = "reading_merge"
    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    method: Mapped[str] = mapped_column(String(16))  # majority staple reading
    readings: Mapped[list[Any]]  # ids of their volumes
    facts: Mapped[dict[str, Any]]  # what the method says of itself
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


def see_as(session: Session, person: str) -> None:
    """From now on the session finds only what this person may see of readings."""
    if session.info.get(_PERSON) != person:
        session.info.update({_PERSON: person, _HIDING: _hiding(person)})


def hide_readings(state: ORMExecuteState) -> None:
    """Leave what a session's person must not see out of a SELECT; to be registered for "do_orm_execute".

    A session that works for nobody, such as the worker's, and a statement that says so (EVERY_READING) or
    that sees deleted rows too, such as those that count files in use, see everything.
    """
    hiding = state.session.info.get(_HIDING)
    if hiding is None or not state.is_select or state.is_column_load:
        return
    if state.execution_options.get("with_deleted") or state.execution_options.get("every_reading"):
        return
    state.statement = state.statement.options(*hiding)


def _hiding(person: str) -> tuple[ExecutableOption, ...]:
    """What leaves hidden rows out of a statement. Building it takes longer than most statements do."""
    hidden = hidden_volumes(person)
    how = {"include_aliases": True, "propagate_to_loaders": False}
    of_volumes = (AnnotationRow, MaskRow, RunRow, ReferenceRow)
    return (
        with_loader_criteria(VolumeRow, VolumeRow.id.not_in(hidden), **how),
        with_loader_criteria(ModelRow, _learnt_nothing_of(hidden), **how),
        *(with_loader_criteria(each, each.volume_id.not_in(hidden), **how) for each in of_volumes),
    )


def hidden_volumes(person: str) -> sa.CompoundSelect[Any]:
    """The ids of the volumes that a person must not see.

    These are readings of others that are not revealed, but for a project's owner who reads none of the scan;
    and of a scan that the person is reading, the volume itself and every other reading, earlier ones too.
    """
    reading, project = ReadingRow.__table__.c, ProjectRow.__table__.c
    is_mine = and_(reading.reader == person, reading.revealed_at.is_(None))
    reads = select(reading.of_id).where(is_mine)
    owned = select(project.id).where(project.owner == person)
    is_others = and_(
        reading.revealed_at.is_(None), reading.reader != person, reading.project_id.not_in(owned)
    )
    other = ReadingRow.__table__.alias().c
    read_by_me = select(other.of_id).where(other.reader == person, other.revealed_at.is_(None))
    is_of_mine = and_(reading.of_id.in_(read_by_me), sa.not_(is_mine))
    return reads.union(select(reading.volume_id).where(or_(is_others, is_of_mine)))


def _learnt_nothing_of(hidden: sa.CompoundSelect[Any]) -> ColumnElement[bool]:
    """Of models: those that were made on none of these volumes, nor learnt from one."""
    ids = hidden.subquery()
    column = next(iter(ids.c))
    learnt = select(column).where(cast(ModelRow.sources, Text).contains(column))
    return and_(
        or_(ModelRow.volume_id.is_(None), ModelRow.volume_id.not_in(hidden)), sa.not_(learnt.exists())
    )


def is_compared(volume_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether a volume is a reading that was revealed, so that nothing on it is ever changed."""
    return volume_id.in_(select(ReadingRow.volume_id).where(ReadingRow.revealed_at.is_not(None)))


def open_readings(session: Session, volume_id: str) -> list[ReadingRow]:
    """Readings of a volume that are not revealed, by number."""
    query = select(ReadingRow).where(ReadingRow.of_id == volume_id, ReadingRow.revealed_at.is_(None))
    return list(session.scalars(query.order_by(ReadingRow.number)))
