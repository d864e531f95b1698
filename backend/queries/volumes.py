"""Volumes beyond a single project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.enums import EncodingState
from storage.models import VolumeRow


def encoded_copy(session: Session, volume: VolumeRow) -> VolumeRow | None:
    """A volume of the same voxels whose slices of the same plane are encoded."""
    query = select(VolumeRow).where(
        VolumeRow.content_hash == volume.content_hash,
        VolumeRow.plane == volume.plane,
        VolumeRow.encoding_state == EncodingState.DONE,
    )
    return session.scalar(query.limit(1))
