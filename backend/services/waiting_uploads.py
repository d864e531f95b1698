"""Uploads that wait for a choice: of a series, whether they are resampled, halved, or pictures unrelated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.queries.access import get_project
from backend.queries.volumes import same_scan
from backend.schemas.enums import ErrorCode
from backend.services.quotas import Quotas, called_by
from fewshot_sam.errors import HalfChoiceError, IrregularGridError, PicturesChoiceError, SeriesChoiceError
from storage.database import Database
from storage.deleted import DeletedRow
from storage.models import ProjectRow, UploadRow, VolumeRow

CHOICE_ERRORS = (SeriesChoiceError, IrregularGridError, PicturesChoiceError, HalfChoiceError)
"""What says that files wait for a choice."""


def keep_for_choice(
    database: Database,
    quotas: Quotas,
    asker: Asker,
    project_id: str,
    folder: Path,
    error: SeriesChoiceError | IrregularGridError | PicturesChoiceError | HalfChoiceError,
) -> ConflictError:
    """Let the upload in ``folder`` wait; the error that asks for the choice.

    Raises:
        NotFoundError: there is no such project.
        QuotaError: the owner has as many volumes as one may have, with the uploads that wait.
    """
    choices = [asdict(choice) for choice in error.choices] if isinstance(error, SeriesChoiceError) else []
    with database.write() as session:
        owner = get_project(session, asker, project_id).owner
        quotas.require_volumes(session, owner, called_by(asker, owner))
        session.add(UploadRow(id=folder.name, project_id=project_id, choices=choices))
    if isinstance(error, PicturesChoiceError):
        return ConflictError(str(error), code=ErrorCode.PICTURES_CHOICE, upload_id=folder.name)
    if isinstance(error, IrregularGridError | HalfChoiceError):
        return grid_choice(error, folder.name)
    return ConflictError(str(error), code=ErrorCode.SERIES_CHOICE, upload_id=folder.name, choices=choices)


def grid_choice(error: IrregularGridError | HalfChoiceError, upload_id: str) -> ConflictError:
    """The error that asks whether a waiting upload is resampled, or opened at half resolution."""
    asks_for_half = isinstance(error, HalfChoiceError)
    code = ErrorCode.HALF_CHOICE if asks_for_half else ErrorCode.RESAMPLE_CHOICE
    return ConflictError(str(error), code=code, upload_id=upload_id)


@contextmanager
def asking_further(database: Database, upload_id: str) -> Iterator[None]:
    """Turn what says that a waiting upload asks for one more choice into the error that asks for it."""
    try:
        yield
    except (IrregularGridError, HalfChoiceError) as error:
        raise grid_choice(error, upload_id) from error
    except SeriesChoiceError as error:
        raise _further_choice(database, error, upload_id) from error


def _further_choice(database: Database, error: SeriesChoiceError, upload_id: str) -> ConflictError:
    """The error that asks which volume of a file is meant, which was chosen among others of an upload."""
    choices = [asdict(choice) for choice in error.choices]
    with database.write() as session:
        upload = session.get(UploadRow, upload_id)
        if upload is not None:
            upload.choices = [*upload.choices, *(each for each in choices if each not in upload.choices)]
    return ConflictError(str(error), code=ErrorCode.SERIES_CHOICE, upload_id=upload_id, choices=choices)


def require_series(upload: UploadRow, series_uid: str | None) -> None:
    """Raise InvalidRequestError unless the series is one of the upload's; None where there is but one."""
    held = {choice["series_uid"] for choice in upload.choices}
    if series_uid not in (held or {None}):
        raise InvalidRequestError("The series must be one of those the upload holds. Choose one of them.")


def forget_upload(session: Session, upload_id: str, quotas: Quotas) -> None:
    """Drop an upload that nobody waits for any more; its files go with the housekeeping of deleted rows."""
    upload = session.get(UploadRow, upload_id)
    if upload is None:
        return
    quotas.forget(session.get_one(ProjectRow, upload.project_id).owner)
    session.delete(upload)


def require_new_scan(session: Session, volume: VolumeRow) -> None:
    """Refuse a volume that is not stored yet where its project has the scan already.

    Raises:
        ConflictError: code "same_scan", with the id of the volume that is there, or that can be restored.
    """
    known = same_scan(session, volume)
    if known is not None and session.get(DeletedRow, known.id) is not None:
        raise ConflictError(
            f"This scan was in the project as '{known.name}', which was deleted. Restore it with its paint, "
            "or delete it for good before you import it again.",
            code=ErrorCode.SAME_SCAN,
            deleted_id=known.id,
        )
    if known is not None:
        raise ConflictError(
            f"This scan is in the project already, as '{known.name}'. "
            "Import it again only if it is to be painted twice.",
            code=ErrorCode.SAME_SCAN,
            volume_id=known.id,
        )
