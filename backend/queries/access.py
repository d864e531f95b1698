"""Rows by id, for their owner only. Every service gets projects and what hangs on them here."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFoundError
from storage.models import LabelRow, MaskRow, ModelRow, ProjectRow, RunRow, UploadRow, VolumeRow

T = TypeVar("T")


def get_project(session: Session, owner: str, project_id: str) -> ProjectRow:
    """The owner's project. Raises NotFoundError."""
    project = session.get(ProjectRow, project_id)
    if project is None or project.owner != owner:
        raise NotFoundError("This project does not exist; it may have been deleted. Go back to the projects.")
    return project


def get_label(session: Session, owner: str, label_id: str) -> LabelRow:
    """A label of one of the owner's projects. Raises NotFoundError."""
    query = select(LabelRow).join(ProjectRow).where(LabelRow.id == label_id, ProjectRow.owner == owner)
    return _one(session.scalar(query), "label")


def get_volume(session: Session, owner: str, volume_id: str) -> VolumeRow:
    """A volume of one of the owner's projects. Raises NotFoundError."""
    query = select(VolumeRow).join(ProjectRow).where(VolumeRow.id == volume_id, ProjectRow.owner == owner)
    return _one(session.scalar(query), "volume")


def get_upload(session: Session, owner: str, upload_id: str) -> UploadRow:
    """A waiting upload into one of the owner's projects. Raises NotFoundError."""
    query = select(UploadRow).join(ProjectRow).where(UploadRow.id == upload_id, ProjectRow.owner == owner)
    return _one(session.scalar(query), "upload")


def get_run(session: Session, owner: str, run_id: str) -> RunRow:
    """A run on one of the owner's volumes. Raises NotFoundError."""
    query = (
        select(RunRow).join(VolumeRow).join(ProjectRow).where(RunRow.id == run_id, ProjectRow.owner == owner)
    )
    return _one(session.scalar(query), "run")


def get_mask(session: Session, owner: str, mask_id: str) -> MaskRow:
    """A mask of one of the owner's volumes. Raises NotFoundError."""
    query = (
        select(MaskRow).join(VolumeRow, MaskRow.volume_id == VolumeRow.id).join(ProjectRow)
        .where(MaskRow.id == mask_id, ProjectRow.owner == owner)
    )  # fmt: skip
    return _one(session.scalar(query), "mask")


def get_model(session: Session, owner: str, model_id: str) -> ModelRow:
    """A model of one of the owner's projects. Raises NotFoundError."""
    query = (
        select(ModelRow).join(ProjectRow, ModelRow.project_id == ProjectRow.id)
        .where(ModelRow.id == model_id, ProjectRow.owner == owner)
    )  # fmt: skip
    return _one(session.scalar(query), "model")


def _one(row: T | None, noun: str) -> T:
    if row is None:
        raise NotFoundError(f"This {noun} does not exist; it may have been deleted. Reload the page.")
    return row
