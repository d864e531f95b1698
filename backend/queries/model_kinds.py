"""What a model was fitted on: scans or unrelated pictures. One is of no use on the other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.queries.models import source_ids
from backend.records.volumes import pictures_of
from storage.deleted import WITH_DELETED
from storage.models import ModelRow, VolumeRow


def fitted_on_pictures(session: Session, model: ModelRow) -> bool | None:
    """Whether a model learnt from pictures; None where neither its volumes nor its file can tell any more."""
    ids = [volume_id for volume_id in source_ids(model) if volume_id]
    query = select(VolumeRow).where(VolumeRow.id.in_(ids)).limit(1)
    volume = session.scalars(query, execution_options=WITH_DELETED).first()
    if volume is not None:
        return bool(pictures_of(volume))
    told = (model.imported or {}).get("pictures")
    return told if isinstance(told, bool) else None


def suits(fitted_on_pictures: bool | None, volume: VolumeRow) -> bool:
    """Whether a model of that kind can be applied to a volume, or learn from it."""
    return fitted_on_pictures is None or fitted_on_pictures == bool(pictures_of(volume))
