"""Putting projects and volumes into the bin, within a writing session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backend.queries.annotations import painted_counts
from backend.queries.masks import mask_counts
from backend.queries.runs import unfinished_runs
from backend.records.leases import request_cancel
from backend.schemas.enums import DeletedKind
from storage.accounts import ProjectOfferRow
from storage.batches import BatchVolumeRow
from storage.deleted import put_away
from storage.models import LabelRow, ProjectRow, UploadRow, VolumeRow
from storage.readings import EVERY_READING


def put_project_away(session: Session, project: ProjectRow, deleted_by: str) -> None:
    """Delete a project so that it can be restored.

    What runs in it is cancelled, and uploads that wait and an offer of it are forgotten.
    """
    query = select(VolumeRow.id).where(VolumeRow.project_id == project.id)
    volume_ids = list(session.scalars(query, execution_options=EVERY_READING))
    contents = _contents_of_project(session, project, volume_ids)
    _stop_work(session, volume_ids)
    session.execute(delete(ProjectOfferRow).where(ProjectOfferRow.project_id == project.id))
    for upload in session.scalars(select(UploadRow).where(UploadRow.project_id == project.id)):
        session.delete(upload)  # nobody can choose any more
    put_away(session, project, DeletedKind.PROJECT, deleted_by, contents)


def put_volume_away(session: Session, volume: VolumeRow, deleted_by: str) -> None:
    """Delete a volume so that it can be restored. What runs on it is cancelled."""
    contents = _contents_of_volumes(session, [volume.id])
    _stop_work(session, [volume.id])
    put_away(session, volume, DeletedKind.VOLUME, deleted_by, contents)


def _stop_work(session: Session, volume_ids: Collection[str]) -> None:
    """Cancel runs of volumes that wait or run; those of batches whose turn has not come are left out."""
    for volume_id in volume_ids:
        for run in unfinished_runs(session, volume_id):
            request_cancel(run)
    waiting = delete(BatchVolumeRow).where(
        BatchVolumeRow.volume_id.in_(volume_ids), BatchVolumeRow.run_id.is_(None)
    )
    session.execute(waiting, execution_options={"synchronize_session": False})


def _contents_of_volumes(session: Session, volume_ids: Sequence[str]) -> dict[str, Any]:
    """How much work is in volumes."""
    painted = painted_counts(session, volume_ids)
    return {
        "slices": sum(count for by_plane in painted.values() for count in by_plane.values()),
        "masks": sum(mask_counts(session, volume_ids).values()),
    }


def _contents_of_project(session: Session, project: ProjectRow, volume_ids: Sequence[str]) -> dict[str, Any]:
    """How much is in a project whose volumes these are."""
    labels = select(func.count(LabelRow.id)).where(LabelRow.project_id == project.id)
    return {
        "volumes": len(volume_ids),
        "labels": session.scalar(labels) or 0,
        **_contents_of_volumes(session, volume_ids),
    }
