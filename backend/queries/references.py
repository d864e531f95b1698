"""References of volumes, and what is known of masks against them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFoundError
from storage.models import VolumeRow
from storage.references import ReferenceRow, ReferenceScoreRow


def reference_of(session: Session, volume: VolumeRow) -> ReferenceRow:
    """The volume's reference. Raises NotFoundError where it has none."""
    row = session.scalar(select(ReferenceRow).where(ReferenceRow.volume_id == volume.id))
    if row is None:
        raise NotFoundError("This volume has no reference. Import a label map as its reference first.")
    return row


def references_of(session: Session, volume_ids: Collection[str]) -> dict[str, ReferenceRow]:
    """The reference by volume, for volumes that have one."""
    rows = session.scalars(select(ReferenceRow).where(ReferenceRow.volume_id.in_(volume_ids)))
    return {row.volume_id: row for row in rows}


def kept_scores(
    session: Session, reference_id: str, mask_id: str, leave_out: bool
) -> ReferenceScoreRow | None:
    """The scores of a mask that were computed before."""
    return session.get(ReferenceScoreRow, (reference_id, mask_id, leave_out))
