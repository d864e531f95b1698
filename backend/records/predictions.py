"""The row of a prediction's run, which a request makes, or the worker for a volume of a batch."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.queries.projects import labels_of
from backend.queries.sources import reviewed_versions
from backend.schemas.enums import RunKind
from fewshot_sam.data.planes import Plane
from storage.models import ModelRow, RunRow, VolumeRow


def prediction_run(
    session: Session, volume: VolumeRow, model: ModelRow, settings: dict[str, Any], asked_by: str
) -> RunRow:
    """A run that applies a model to a volume as it is painted now; not yet added to the session."""
    current = {label["value"]: label for label in run_labels(session, volume)}
    return RunRow(
        volume_id=volume.id,
        asked_by=asked_by,
        kind=RunKind.PREDICT,
        plane=model.plane,
        settings={**settings, **({"fit": {"method": model.method}} if model.method else {})},
        encoder=model.encoder_name,
        seed=model.seed,
        annotation_versions=reviewed_versions(session, volume, Plane(model.plane)),
        # The model's labels as they are called now, and those of slices painted since.
        labels=list(({label["value"]: label for label in model.labels} | current).values()),
        model_id=model.id,
    )


def run_labels(session: Session, volume: VolumeRow) -> list[dict[str, Any]]:
    """The project's labels as a run's row keeps them."""
    names = ("id", "value", "code", "name", "color")
    return [{name: getattr(label, name) for name in names} for label in labels_of(session, volume.project_id)]
