"""Masks of volumes, and their labels as they are called now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.queries.newest import by_age
from backend.queries.projects import labels_of
from storage.freezing import signed_now
from storage.models import MaskRow, ModelRow, ProjectRow, RunRow, VolumeRow

NO_METHOD = "painted"
"""The method that a run's settings name where nothing was predicted."""


@dataclass(frozen=True)
class NewestMask:
    """The newest mask of a volume.

    Attributes:
        draft: its run has no mask of its own yet, or never got one.
        mean_confidence: of the voxels that hold a label; None where that is not known.
        differs: its volume differs from those its model was fitted on.
        report: of its run, by label value (text).
        settings: of its run.
    """

    id: str
    draft: bool
    mean_confidence: float | None
    differs: bool
    report: dict[str, dict[str, Any]]
    settings: dict[str, Any]

    @property
    def by_hand(self) -> bool:
        """All of it was painted: nothing is predicted."""
        fit = self.settings.get("fit")
        return isinstance(fit, dict) and fit.get("method") == NO_METHOD


def newest_masks(session: Session, volume_ids: Collection[str]) -> dict[str, NewestMask]:
    """The newest mask by volume, for volumes that have one."""
    differs = MaskRow.domain_shift.is_not(None)
    ranked = by_age(MaskRow, volume_ids, MaskRow.id)
    columns = (MaskRow.id, MaskRow.draft, MaskRow.mean_confidence, differs, RunRow.report, RunRow.settings)
    query = (
        select(MaskRow.volume_id, *columns)
        .join(ranked, ranked.c.id == MaskRow.id)
        .join(RunRow, RunRow.id == MaskRow.run_id)
        .where(ranked.c.place == 1)
    )
    return {volume_id: NewestMask(*values) for volume_id, *values in session.execute(query)}


def mask_models(session: Session, volume_ids: Collection[str]) -> dict[str, dict[str | None, int]]:
    """How many masks of a volume each model made, drafts left out, for volumes that have one.

    By the models' ids; None for those that are gone, or that the session's person must not see: their rows
    are asked for, not the runs' alone.
    """
    query = (
        select(MaskRow.volume_id, ModelRow.id, func.count())
        .join(RunRow, RunRow.id == MaskRow.run_id)
        .outerjoin(ModelRow, ModelRow.id == RunRow.model_id)
        .where(MaskRow.volume_id.in_(volume_ids), MaskRow.draft.is_(False))
        .group_by(MaskRow.volume_id, ModelRow.id)
    )
    found: dict[str, dict[str | None, int]] = {}
    for volume_id, model_id, count in session.execute(query):
        found.setdefault(volume_id, {})[model_id] = count
    return found


def mask_counts(session: Session, volume_ids: Collection[str]) -> dict[str, int]:
    """How many masks a volume has, drafts not counted, for volumes that have one."""
    query = select(MaskRow.volume_id, func.count()).where(
        MaskRow.volume_id.in_(volume_ids), MaskRow.draft.is_(False)
    )
    return dict(session.execute(query.group_by(MaskRow.volume_id)).all())


def current_labels(session: Session, mask: MaskRow) -> list[dict[str, Any]]:
    """The mask's labels with name, colour, code and term as they are now; deleted ones are left out.

    A value that never was a label of the project, as a model from elsewhere may give, stays as it is. A mask
    that was signed keeps to the labels that it had then: none that came back since.
    """
    volume = session.get_one(VolumeRow, mask.volume_id)
    project = session.get_one(ProjectRow, volume.project_id)
    signed = signed_now(session, volume) or {}
    exported = signed.get("exported") if signed.get("mask_id") == mask.id else None
    now = {label.value: label for label in labels_of(session, project.id)}
    labels = []
    for label in mask.labels:
        current = now.get(label["value"])
        if current is None and label["value"] < project.next_label_value:
            continue
        if exported is not None and label["value"] not in exported:
            continue
        renamed = {key: getattr(current, key) for key in ("name", "color", "code", "term")} if current else {}
        labels.append({**label, "term": None, **renamed})
    return labels
