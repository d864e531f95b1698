"""Rows by id, for their owner only. Every service reads projects and what hangs on them through here."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFoundError
from storage.models import Label, Mask, Model, Project, Run, Upload, Volume

T = TypeVar("T")


def get_project(session: Session, owner: str, project_id: str) -> Project:
    """The owner's project. Raises NotFoundError."""
    project = session.get(Project, project_id)
    if project is None or project.owner != owner:
        raise NotFoundError("This project does not exist; it may have been deleted. Go back to the projects.")
    return project


def get_label(session: Session, owner: str, label_id: str) -> Label:
    """A label of one of the owner's projects. Raises NotFoundError."""
    query = select(Label).join(Project).where(Label.id == label_id, Project.owner == owner)
    return _one(session.scalar(query), "label")


def get_volume(session: Session, owner: str, volume_id: str) -> Volume:
    """A volume of one of the owner's projects. Raises NotFoundError."""
    query = select(Volume).join(Project).where(Volume.id == volume_id, Project.owner == owner)
    return _one(session.scalar(query), "volume")


def get_upload(session: Session, owner: str, upload_id: str) -> Upload:
    """A waiting upload into one of the owner's projects. Raises NotFoundError."""
    query = select(Upload).join(Project).where(Upload.id == upload_id, Project.owner == owner)
    return _one(session.scalar(query), "upload")


def get_run(session: Session, owner: str, run_id: str) -> Run:
    """A run on one of the owner's volumes. Raises NotFoundError."""
    query = select(Run).join(Volume).join(Project).where(Run.id == run_id, Project.owner == owner)
    return _one(session.scalar(query), "run")


def get_mask(session: Session, owner: str, mask_id: str) -> Mask:
    """A mask of one of the owner's volumes. Raises NotFoundError."""
    query = (
        select(Mask).join(Volume, Mask.volume_id == Volume.id).join(Project)
        .where(Mask.id == mask_id, Project.owner == owner)
    )  # fmt: skip
    return _one(session.scalar(query), "mask")


def get_model(session: Session, owner: str, model_id: str) -> Model:
    """A decoder of one of the owner's projects. Raises NotFoundError."""
    query = (
        select(Model).join(Project, Model.project_id == Project.id)
        .where(Model.id == model_id, Project.owner == owner)
    )  # fmt: skip
    return _one(session.scalar(query), "model")


def _one(row: T | None, noun: str) -> T:
    if row is None:
        raise NotFoundError(f"This {noun} does not exist; it may have been deleted. Reload the page.")
    return row
