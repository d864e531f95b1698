"""Rows by id, for those who have a right to them. Every service gets projects and what hangs on them here.

What is deleted is not found: every session leaves it out, see :mod:`storage.deleted`. Nor are blind readings
that the asker must not see: a session that asked here finds nothing of them any more, see
:mod:`storage.readings`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.asker import Asker, Right
from backend.errors import ForbiddenError, NotFoundError
from backend.schemas.enums import AccountRole, ProjectAccess
from storage.accounts import AccountRow, ProjectMemberRow
from storage.batches import BatchRow
from storage.models import LabelRow, MaskRow, ModelRow, ProjectRow, RunRow, UploadRow, VolumeRow
from storage.readings import ReadingRow, see_as

T = TypeVar("T")

REVIEWER = "You are a reviewer here: you can look at everything and review it, and change nothing else."
_RIGHTS = {
    ProjectAccess.OWNER: frozenset(Right),
    ProjectAccess.ANNOTATOR: frozenset({Right.READ, Right.REVIEW, Right.WRITE}),
    ProjectAccess.REVIEWER: frozenset({Right.READ, Right.REVIEW}),
}


def get_project(session: Session, asker: Asker, project_id: str) -> ProjectRow:
    """The project.

    Raises:
        NotFoundError: there is none that the asker may look at; which of the two is not told.
        ForbiddenError: the asker may look at it, and the request wants more.
    """
    see_as(session, asker.id)
    project = session.get(ProjectRow, project_id)
    if project is None or not admits(session, asker, project):
        raise NotFoundError("This project does not exist; it may have been deleted. Go back to the projects.")
    return project


def get_label(session: Session, asker: Asker, label_id: str) -> LabelRow:
    """A label. Raises as :func:`get_project` does."""
    query = select(LabelRow, ProjectRow).join(ProjectRow).where(LabelRow.id == label_id)
    return _one(session, asker, query, "label")


def get_volume(session: Session, asker: Asker, volume_id: str) -> VolumeRow:
    """A volume. Raises as :func:`get_project` does."""
    return get_volume_in_project(session, asker, volume_id)[0]


def get_volume_in_project(session: Session, asker: Asker, volume_id: str) -> tuple[VolumeRow, ProjectRow]:
    """A volume and its project. Raises as :func:`get_project` does."""
    query = select(VolumeRow, ProjectRow).join(ProjectRow).where(VolumeRow.id == volume_id)
    return _with_project(session, asker, query, "volume")


def get_upload(session: Session, asker: Asker, upload_id: str) -> UploadRow:
    """A waiting upload. Raises as :func:`get_project` does."""
    query = select(UploadRow, ProjectRow).join(ProjectRow).where(UploadRow.id == upload_id)
    return _one(session, asker, query, "upload")


def get_run(session: Session, asker: Asker, run_id: str) -> RunRow:
    """A run. Raises as :func:`get_project` does."""
    query = select(RunRow, ProjectRow).join(VolumeRow, RunRow.volume_id == VolumeRow.id).join(ProjectRow)
    return _one(session, asker, query.where(RunRow.id == run_id), "run")


def get_mask(session: Session, asker: Asker, mask_id: str) -> MaskRow:
    """A mask. Raises as :func:`get_project` does."""
    query = select(MaskRow, ProjectRow).join(VolumeRow, MaskRow.volume_id == VolumeRow.id).join(ProjectRow)
    return _one(session, asker, query.where(MaskRow.id == mask_id), "mask")


def get_model(session: Session, asker: Asker, model_id: str) -> ModelRow:
    """A model. Raises as :func:`get_project` does."""
    query = select(ModelRow, ProjectRow).join(ProjectRow, ModelRow.project_id == ProjectRow.id)
    return _one(session, asker, query.where(ModelRow.id == model_id), "model")


def get_batch(session: Session, asker: Asker, batch_id: str) -> BatchRow:
    """A batch. Raises as :func:`get_project` does."""
    query = select(BatchRow, ProjectRow).join(ProjectRow).where(BatchRow.id == batch_id)
    return _one(session, asker, query, "batch")


def access_of(session: Session, asker: Asker, project: ProjectRow) -> ProjectAccess | None:
    """What the asker is to the project; None for a stranger. An administrator may look at every project."""
    if project.owner == asker.id or asker.role is None:
        return access_as(asker, project, None)
    return access_as(asker, project, session.get(ProjectMemberRow, (project.id, asker.id)))


def access_as(asker: Asker, project: ProjectRow, member: ProjectMemberRow | None) -> ProjectAccess | None:
    """The same, where it is known whether the asker is a member."""
    if project.owner == asker.id:
        access = ProjectAccess.OWNER
    elif member is not None:
        access = ProjectAccess(member.role)
    else:
        return ProjectAccess.REVIEWER if asker.role is AccountRole.ADMIN else None
    return ProjectAccess.REVIEWER if asker.role is AccountRole.REVIEWER else access


def owner_name(session: Session, project: ProjectRow) -> str | None:
    """What the project's owner is called; None for one without an account."""
    account = session.get(AccountRow, project.owner)
    return None if account is None else account.name


def _one(session: Session, asker: Asker, query: Select[T, ProjectRow], noun: str) -> T:
    return _with_project(session, asker, query, noun)[0]


def _with_project(
    session: Session, asker: Asker, query: Select[T, ProjectRow], noun: str
) -> tuple[T, ProjectRow]:
    see_as(session, asker.id)
    found = session.execute(query).first()
    if found is None or not admits(session, asker, found[1]):
        raise NotFoundError(f"This {noun} does not exist; it may have been deleted. Reload the page.")
    row: T = found[0]
    _require_reader(session, asker, row)
    return row, found[1]


def _require_reader(session: Session, asker: Asker, row: Any) -> None:
    """Raise ForbiddenError where the request would change somebody else's reading, which is not revealed."""
    if asker.right is Right.READ or not isinstance(row, VolumeRow | RunRow | MaskRow):
        return
    volume = row if isinstance(row, VolumeRow) else session.get_one(VolumeRow, row.volume_id)
    reading = session.get(ReadingRow, volume.id) if volume.is_reading else None
    if reading is not None and reading.revealed_at is None and reading.reader != asker.id:
        raise ForbiddenError(
            "Somebody else is reading this scan blind, and nobody but the reader changes it."
        )


def may(session: Session, asker: Asker, project: ProjectRow) -> bool:
    """Whether the asker may do with a project that was found what the request wants."""
    try:
        return admits(session, asker, project)
    except ForbiddenError:
        return False


def admits(session: Session, asker: Asker, project: ProjectRow) -> bool:
    """Whether the asker may look at a project that was found. Raises ForbiddenError if that is not enough."""
    see_as(session, asker.id)
    access = access_of(session, asker, project)
    if access is None:
        return False
    is_admin = asker.role is AccountRole.ADMIN
    only_looks = is_admin and asker.right is Right.REVIEW and not _is_of(session, asker, project)
    if only_looks or (asker.right not in _RIGHTS[access] and not (is_admin and asker.right is Right.MANAGE)):
        raise ForbiddenError(_refusal(session, asker, project))
    return True


def _is_of(session: Session, asker: Asker, project: ProjectRow) -> bool:
    """Whether the asker is the project's owner or a member, and no administrator from outside."""
    return project.owner == asker.id or session.get(ProjectMemberRow, (project.id, asker.id)) is not None


def _refusal(session: Session, asker: Asker, project: ProjectRow) -> str:
    if asker.role is AccountRole.REVIEWER:
        return REVIEWER
    name = owner_name(session, project) or "a person without an account"
    if asker.right is Right.MANAGE:
        return f"This project is {name}'s, who alone can share, rename or delete it. Ask {name} to do it."
    if asker.role is AccountRole.ADMIN and not _is_of(session, asker, project):
        return (
            f"This project is {name}'s, and an administrator only looks at it. Share it with yourself first."
        )
    return f"This project is shared with you to look at; ask {name}, whose it is, to let you paint."
