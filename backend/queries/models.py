"""Fine-tuned models of projects. The newest is the one made last."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from backend.choices import RunChoice
from fewshot_sam.data.planes import Plane
from fewshot_sam.methods.registry import DEFAULT_METHOD
from storage.models import ModelRow
from storage.readings import ReadingRow


def select_models(project_id: str) -> Select[ModelRow]:
    """The models of a project, the newest first."""
    return select(ModelRow).where(ModelRow.project_id == project_id).order_by(ModelRow.created_at.desc())


def newest_model(session: Session, project_id: str, volume_id: str | None) -> ModelRow | None:
    """The newest model of a project that may be applied to a volume of it; None stands for any volume."""
    blind = select(ReadingRow.volume_id).where(ReadingRow.revealed_at.is_(None))
    usable = or_(
        ModelRow.volume_id.is_(None), ModelRow.volume_id == volume_id, ModelRow.volume_id.not_in(blind)
    )
    return session.scalar(select_models(project_id).where(usable).limit(1))


MAX_EARLIER = 100
"""How many of a project's models, the newest, are looked at for one to go on from."""


def model_to_go_on_from(
    session: Session, project_id: str, volume_ids: Sequence[str], plane: Plane, choice: RunChoice
) -> ModelRow | None:
    """The model of the project that was made so, in this plane, and that a fit can best go on from.

    That is the newest of those that learnt from most of the volumes. One of an earlier version may be of
    any encoder; its file tells which.

    Args:
        volume_ids: what the fit learns from, in order.
    """
    query = select_models(project_id).where(
        ModelRow.plane == plane.value,
        ModelRow.imported.is_(None),  # what those learnt from is not here
        func.coalesce(ModelRow.method, DEFAULT_METHOD) == choice.method,
        or_(ModelRow.encoder_name == choice.encoder, ModelRow.encoder_name.is_(None)),
        func.coalesce(ModelRow.seed, 0) == choice.seed,
    )
    earlier = session.scalars(query.limit(MAX_EARLIER))
    possible = [model for model in earlier if can_go_on(model, volume_ids)]
    return max(possible, key=lambda model: len(source_ids(model)), default=None)  # the newest of them


def source_ids(model: ModelRow) -> list[str | None]:
    """The ids of the volumes that a model learnt from, in order."""
    return [model.volume_id] if model.sources is None else [each["volume_id"] for each in model.sources]


def can_go_on(model: ModelRow, volume_ids: Sequence[str]) -> bool:
    """Whether a fit of these volumes, in their order, begins with all that the model learnt from."""
    learnt = source_ids(model)
    return learnt == list(volume_ids[: len(learnt)])
