"""What lists of volumes say of each one's review."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.schemas.enums import ReviewState
from storage.accounts import AccountRow
from storage.models import VolumeRow
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
