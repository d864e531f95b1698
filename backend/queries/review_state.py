"""What lists of volumes say of each one's review, and of blind readings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backend.schemas.enums import ReadingState, ReviewState
from storage.accounts import AccountRow
from storage.models import VolumeRow
from storage.readings import ReadingRow
from storage.reviews import ReviewCommentRow, ReviewStepRow


def open_comments(session: Session, volume_ids: Collection[str]) -> dict[str, int]:
    """How many comments are open, by volume; replies do not count."""
    query = (
        select(ReviewCommentRow.volume_id, func.count())
        .where(ReviewCommentRow.volume_id.in_(volume_ids))
        .where(ReviewCommentRow.reply_to.is_(None), ReviewCommentRow.resolved_by.is_(None))
        .group_by(ReviewCommentRow.volume_id)
    )
    return dict(session.execute(query).all())


def volume_reviews(session: Session, volumes: Sequence[VolumeRow]) -> dict[str, dict[str, Any]]:
    """By volume, what :class:`VolumeReviewAnswer` says of each one's review."""
    counts = open_comments(session, [volume.id for volume in volumes])
    in_review = [volume.id for volume in volumes if volume.review]
    newest = select(func.max(ReviewStepRow.id)).where(ReviewStepRow.volume_id.in_(in_review))
    query = select(ReviewStepRow).where(ReviewStepRow.id.in_(newest.group_by(ReviewStepRow.volume_id)))
    steps = {row.volume_id: row for row in session.scalars(query)} if in_review else {}
    names = person_names(session, {row.author for row in steps.values()})
    return {
        volume.id: {
            "state": ReviewState(volume.review) if volume.review else None,
            "open_comments": counts.get(volume.id, 0),
            "by": steps[volume.id].author if volume.id in steps else None,
            "by_name": names.get(steps[volume.id].author) if volume.id in steps else None,
            "at": steps[volume.id].created_at if volume.id in steps else None,
        }
        for volume in volumes
    }


def person_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    """What people are called, by id; who has no account is missing."""
    query = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(ids))
    return dict(session.execute(query).all()) if ids else {}


def state_of(reading: ReadingRow) -> ReadingState:
    """Where a reading stands."""
    if reading.revealed_at is not None:
        return ReadingState.REVEALED
    return ReadingState.READING if reading.finished_at is None else ReadingState.FINISHED


def volume_readings(session: Session, volumes: Sequence[VolumeRow]) -> dict[str, dict[str, Any]]:
    """By volume that is, was or is part of a blind reading, what :class:`VolumeReadingAnswer` says of it."""
    ids = [volume.id for volume in volumes]
    named = select(ReadingRow.of_id).where(or_(ReadingRow.volume_id.in_(ids), ReadingRow.of_id.in_(ids)))
    by_scan: dict[str, list[ReadingRow]] = {}
    for row in session.scalars(select(ReadingRow).where(ReadingRow.of_id.in_(named))):
        by_scan.setdefault(row.of_id, []).append(row)
    if not by_scan:
        return {}
    names = person_names(session, {row.reader for rows in by_scan.values() for row in rows})
    found: dict[str, dict[str, Any]] = {}
    for of_id, rows in by_scan.items():
        here = [row for row in rows if row.revealed_at is None] or rows
        scan = {
            "of_id": of_id,
            "finished": sum(row.finished_at is not None for row in here),
            "total": len(here),
        }
        found[of_id] = {**scan, "state": scan_state(rows), "reader": None, "reader_name": None}
        for row in rows:
            own = {"state": state_of(row), "reader": row.reader, "reader_name": names.get(row.reader)}
            found[row.volume_id] = {**scan, **own}
    return found


def scan_state(rows: Sequence[ReadingRow]) -> ReadingState:
    """Where the readings of a scan stand."""
    is_open = any(row.revealed_at is None for row in rows)
    return ReadingState.READING if is_open else ReadingState.REVEALED
