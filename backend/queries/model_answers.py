"""Models as answers, with the names of the volumes that they learnt from and of who brought them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.queries.models import source_ids
from backend.schemas.answers import ModelAnswer
from backend.schemas.parts import ModelOriginAnswer, SourceAnswer
from fewshot_sam.data.planes import Plane
from storage.accounts import AccountRow
from storage.models import ModelRow, VolumeRow


def model_answers(session: Session, models: Sequence[ModelRow]) -> list[ModelAnswer]:
    """Models, in their order."""
    ids = {volume_id for model in models for volume_id in (model.volume_id, *source_ids(model)) if volume_id}
    query = select(VolumeRow.id, VolumeRow.name).where(VolumeRow.id.in_(ids))
    names = dict(session.execute(query).all())
    return [
        ModelAnswer(
            id=model.id,
            project_id=model.project_id,
            volume_id=model.volume_id if model.volume_id in names else None,
            volume_name=names.get(model.volume_id or ""),
            sources=_source_answers(model, names),
            plane=Plane(model.plane),
            labels=model.labels,
            imported=model_origin(session, model),
            created_at=model.created_at,
        )
        for model in models
    ]


def model_origin(session: Session, model: ModelRow | None) -> ModelOriginAnswer | None:
    """Where a model that came as a file comes from; None of one that was fitted here."""
    if model is None or model.imported is None:
        return None
    account = session.get(AccountRow, model.imported["by"])
    return ModelOriginAnswer(**model.imported, by_name=account.name if account else None)


def _source_answers(model: ModelRow, names: Mapping[str, str]) -> list[SourceAnswer]:
    """``names``: those of volumes that are there still."""
    if model.sources is None:
        own = [model.volume_id] if model.volume_id else []
        return [SourceAnswer(volume_id=each, name=names[each], slices=None) for each in own if each in names]
    return [
        SourceAnswer(
            volume_id=each["volume_id"] if each["volume_id"] in names else None,
            name=names.get(each["volume_id"], each["name"]),
            slices=each["slices"],
        )
        for each in model.sources
    ]
