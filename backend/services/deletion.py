"""Putting projects, volumes and labels into the bin, within a writing session."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.queries.deleted import contents_of_project, contents_of_volumes
from backend.queries.runs import unfinished_runs
from backend.records.leases import request_cancel
from backend.schemas.enums import DeletedKind
from storage.batches import BatchVolumeRow
from storage.deleted import DeletedRow
from storage.models import LabelRow, ProjectRow, UploadRow, VolumeRow, utc_now


def put_project_away(session: Session, project: ProjectRow, deleted_by: str) -> None:
    """Delete a project so that it can be restored.

    What runs in it is cancelled, and uploads that wait are forgotten.
    """
    query = select(VolumeRow.id).where(VolumeRow.project_id == project.id)
    volume_ids = list(session.scalars(query))
    contents = contents_of_project(session, project, volume_ids)
    _stop_work(session, volume_ids)
    for upload in session.scalars(select(UploadRow).where(UploadRow.project_id == project.id)):
        session.delete(upload)  # nobody can choose any more
    session.add(
        DeletedRow(
            item_id=project.id,
            kind=DeletedKind.PROJECT,
            project_id=project.id,
            name=project.name,
            deleted_by=deleted_by,
            contents=contents,
        )
    )
    session.flush()


def put_volume_away(session: Session, volume: VolumeRow, deleted_by: str) -> None:
    """Delete a volume so that it can be restored. What runs on it is cancelled."""
    contents = contents_of_volumes(session, [volume.id])
    _stop_work(session, [volume.id])
    session.add(
        DeletedRow(
            item_id=volume.id,
            kind=DeletedKind.VOLUME,
            project_id=volume.project_id,
            name=volume.name,
            deleted_by=deleted_by,
            contents=contents,
        )
    )
    session.flush()


def put_label_away(
    session: Session, label: LabelRow, deleted_by: str, slices: int, now: datetime | None = None
) -> None:
    """Delete a label so that it can be restored.

    Args:
        slices: on how many its paint was erased.
    """
    session.add(
        DeletedRow(
            item_id=label.id,
            kind=DeletedKind.LABEL,
            project_id=label.project_id,
            name=label.name,
            deleted_by=deleted_by,
            deleted_at=now or utc_now(),
            contents={"slices": slices, "color": label.color},
        )
    )
    session.flush()


def _stop_work(session: Session, volume_ids: Collection[str]) -> None:
    """Cancel runs of volumes that wait or run; those of batches whose turn has not come are left out."""
    for volume_id in volume_ids:
        for run in unfinished_runs(session, volume_id):
            request_cancel(run)
    waiting = delete(BatchVolumeRow).where(
        BatchVolumeRow.volume_id.in_(volume_ids), BatchVolumeRow.run_id.is_(None)
    )
    session.execute(waiting, execution_options={"synchronize_session": False})
