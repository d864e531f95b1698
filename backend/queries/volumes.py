"""Volumes of the same voxels."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.enums import EncodingState
from storage.deleted import WITH_DELETED, DeletedRow
from storage.models import VolumeRow
from storage.readings import ReadingRow


def same_scan(session: Session, volume: VolumeRow) -> VolumeRow | None:
    """A volume of the same voxels at the same place in the project of a row that is not stored yet.

    One that is deleted and can be restored only where there is no other.
    """
    query = select(VolumeRow).where(
        VolumeRow.project_id == volume.project_id, VolumeRow.content_hash == volume.content_hash
    )
    query = query.where(VolumeRow.id.not_in(select(ReadingRow.volume_id)))
    query = query.order_by(VolumeRow.created_at).limit(1)
    deleted = query.where(VolumeRow.id.in_(select(DeletedRow.item_id)))
    return session.scalar(query) or session.scalar(deleted, execution_options=WITH_DELETED)


def encoded_copy(session: Session, volume: VolumeRow) -> VolumeRow | None:
    """A volume of the same voxels whose slices of the same plane are encoded."""
    query = select(VolumeRow).where(
        VolumeRow.content_hash == volume.content_hash,
        VolumeRow.plane == volume.plane,
        VolumeRow.encoding_state == EncodingState.DONE,
    )
    return session.scalar(query.limit(1))
