"""What a mask is held against: the one that the volume had before it."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from storage.models import MaskRow


def previous_mask(session: Session, mask: MaskRow) -> MaskRow | None:
    """The newest mask of the volume that is older than this one and no draft; None if it is the first.

    Of two that were made in one moment the one with the smaller id is the newer, as everywhere
    (:func:`backend.queries.newest.by_age`).
    """
    older = or_(
        MaskRow.created_at < mask.created_at,
        and_(MaskRow.created_at == mask.created_at, MaskRow.id > mask.id),
    )
    query = select(MaskRow).where(MaskRow.volume_id == mask.volume_id, MaskRow.draft.is_(False), older)
    return session.scalar(query.order_by(MaskRow.created_at.desc(), MaskRow.id).limit(1))
