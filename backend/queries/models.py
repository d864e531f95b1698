"""Fine-tuned models of projects. The newest is the one made last."""

from __future__ import annotations

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from backend.choices import RunChoice
from fewshot_sam.data.planes import Plane
from fewshot_sam.methods.registry import DEFAULT_METHOD
from storage.models import ModelRow, VolumeRow


def select_models(project_id: str) -> Select[ModelRow]:
    """The models of a project, the newest first."""
    return select(ModelRow).where(ModelRow.project_id == project_id).order_by(ModelRow.created_at.desc())


def newest_model(session: Session, project_id: str) -> ModelRow | None:
    """The newest model of a project."""
    return session.scalar(select_models(project_id).limit(1))


def newest_model_of_volume(
    session: Session, volume: VolumeRow, plane: Plane, choice: RunChoice
) -> ModelRow | None:
    """The newest model that was made so on this volume, in this plane, and is in its project still.

    One of an earlier version may be of any encoder; its file tells which.
    """
    query = select_models(volume.project_id).where(
        ModelRow.volume_id == volume.id,
        ModelRow.plane == plane.value,
        func.coalesce(ModelRow.method, DEFAULT_METHOD) == choice.method,
        or_(ModelRow.encoder_name == choice.encoder, ModelRow.encoder_name.is_(None)),
        func.coalesce(ModelRow.seed, 0) == choice.seed,
    )
    return session.scalar(query.limit(1))
