"""Blind readings as one person may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.asker import Asker, Right
from backend.queries.access import may
from backend.queries.annotations import latest_annotations, painted_counts
from backend.queries.masks import mask_counts
from backend.queries.review_state import person_names, scan_state, state_of
from backend.schemas.enums import AccountRole, MergeMethod, ProjectRole
from backend.schemas.limits import MAX_LISTED
from backend.schemas.readings import (
    MergeAnswer,
    ReaderAnswer,
    ReadingAnswer,
    ReadingsAnswer,
)
from storage.accounts import AccountRow, ProjectMemberRow
from storage.models import ProjectRow, VolumeRow
from storage.readings import MergeRow, ReadingRow

Names = dict[str, str]


def readings_of(session: Session, of_id: str) -> list[ReadingRow]:
    """The readings of a volume, by number, those that are hidden too."""
    query = select(ReadingRow).where(ReadingRow.of_id == of_id)
    return list(session.scalars(query.order_by(ReadingRow.number)))


def first_moment(rows: Sequence[ReadingRow]) -> datetime | None:
    """When a volume was to be read a second time: what it held then is its first reading.

    None where it is no reading itself.
    """
    return next((row.of_first_at for row in rows if row.of_first_at is not None), None)


def read_volume_id(session: Session, volume: VolumeRow) -> str:
    """The id of the volume that is read: of a reading the one it is of, else its own."""
    reading = session.get(ReadingRow, volume.id)
    return volume.id if reading is None else reading.of_id


def readings_answer(session: Session, asker: Asker, volume: VolumeRow, project: ProjectRow) -> ReadingsAnswer:
    """The readings of a scan, asked for by the volume that is read or by one of its readings."""
    of_id = read_volume_id(session, volume)
    rows = readings_of(session, of_id)
    ids = [row.volume_id for row in rows]
    seen = {
        each.id: each for each in session.scalars(select(VolumeRow).where(VolumeRow.id.in_([*ids, of_id])))
    }
    listed = [row for row in rows if row.volume_id in seen or row.revealed_at is None]
    merges = _merges(session, of_id) if of_id in seen else []
    names = person_names(session, {row.reader for row in rows} | {row.author for row in merges})
    return ReadingsAnswer(
        of_id=of_id,
        of_name=seen[of_id].name if of_id in seen else volume.name,
        state=scan_state(rows) if rows else None,
        is_first=first_moment(rows) is not None,
        may_see_all=seen.keys() >= {of_id, *(row.volume_id for row in listed)},
        readings=_reading_answers(session, asker, listed, seen, names),
        readers=_readers(session, asker, project),
        merges=_merge_answers(session, of_id, merges, names),
    )


def _reading_answers(
    session: Session, asker: Asker, rows: Sequence[ReadingRow], seen: dict[str, VolumeRow], names: Names
) -> list[ReadingAnswer]:
    ids = [row.volume_id for row in rows if row.volume_id in seen]
    painted, masks = painted_counts(session, ids), mask_counts(session, ids)
    answers = []
    for row in rows:
        volume = seen.get(row.volume_id)
        answers.append(
            ReadingAnswer(
                volume_id=volume.id if volume else None,
                name=volume.name if volume else None,
                reader=row.reader,
                reader_name=names.get(row.reader),
                is_mine=row.reader == asker.id,
                state=state_of(row),
                was_finished=row.finished_at is not None,
                started_at=row.created_at,
                finished_at=row.finished_at,
                slices=sum(painted[volume.id].values()) if volume else None,
                has_mask=volume.id in masks if volume else None,
            )
        )
    return answers


def _merges(session: Session, of_id: str) -> list[MergeRow]:
    query = select(MergeRow).where(MergeRow.volume_id == of_id).order_by(MergeRow.id.desc())
    return list(session.scalars(query.limit(MAX_LISTED)))


def _merge_answers(
    session: Session, of_id: str, merges: Sequence[MergeRow], names: Names
) -> list[MergeAnswer]:
    latest = latest_annotations(session, of_id) if merges else []
    held = [record.get("merge") for row in latest for record in (row.origins or {}).values()]
    return [
        _merge_answer(row, names, {"method": row.method, "readings": row.readings} in held) for row in merges
    ]


def _merge_answer(row: MergeRow, names: Names, is_held: bool) -> MergeAnswer:
    # A slice that is taken as one reading has it may be empty, and then has no record of the merge.
    may_be_empty = row.method == MergeMethod.READING or not row.facts.get("slices")
    return MergeAnswer(
        method=MergeMethod(row.method),
        readings=row.readings,
        facts=row.facts,
        author=row.author,
        author_name=names.get(row.author),
        at=row.created_at,
        stands=is_held or may_be_empty,
    )


def _readers(session: Session, asker: Asker, project: ProjectRow) -> list[ReaderAnswer]:
    """Whom the asker may ask to read a scan of the project; nobody where that is not the asker's to say."""
    if not may(session, asker.wanting(Right.MANAGE), project):
        return []
    people = possible_readers(session, project)
    return [ReaderAnswer(id=each, name=name, is_me=each == asker.id) for each, name in people.items()]


def possible_readers(session: Session, project: ProjectRow) -> dict[str, str | None]:
    """Who may paint in a project, by id, with what they are called: its owner first, then its annotators."""
    owner = session.get(AccountRow, project.owner)
    people: dict[str, str | None] = {}
    if owner is None or _paints(owner):
        people[project.owner] = owner.name if owner else None
    members = (
        select(AccountRow)
        .join(ProjectMemberRow, ProjectMemberRow.account_id == AccountRow.id)
        .where(ProjectMemberRow.project_id == project.id, ProjectMemberRow.role == ProjectRole.ANNOTATOR)
        .order_by(AccountRow.name_key)
    )
    return people | {row.id: row.name for row in session.scalars(members) if _paints(row)}


def _paints(account: AccountRow) -> bool:
    return not account.disabled and account.role != AccountRole.REVIEWER
