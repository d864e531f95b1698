"""Fine-tuned models of projects. The newest is the one made last."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fewshot_sam.data.planes import Plane
from storage.models import ModelRow, VolumeRow


def select_models(project_id: str) -> Select[ModelRow]:
    """The models of a project, the newest first."""
    return select(ModelRow).where(ModelRow.project_id == project_id).order_by(ModelRow.created_at.desc())


def newest_model(session: Session, project_id: str) -> ModelRow | None:
    """The newest model of a project."""
    return session.scalar(select_models(project_id).limit(1))


def newest_model_of_volume(session: Session, volume: VolumeRow, plane: Plane) -> ModelRow | None:
    """The newest model that was made on this volume, in this plane, and is in its project still."""
    query = select_models(volume.project_id).where(
        ModelRow.volume_id == volume.id, ModelRow.plane == plane.value
    )
    return session.scalar(query.limit(1))
