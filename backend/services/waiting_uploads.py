"""Uploads that wait for a choice: of a series, or whether slices are resampled."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.queries.access import get_project
from backend.schemas.enums import ErrorCode
from backend.services.quotas import Quotas, called_by
from fewshot_sam.errors import IrregularGridError, SeriesChoiceError
from storage.database import Database
from storage.models import UploadRow


def keep_for_choice(
    database: Database,
    quotas: Quotas,
    asker: Asker,
    project_id: str,
    folder: Path,
    error: SeriesChoiceError | IrregularGridError,
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
    if isinstance(error, IrregularGridError):
        return resample_choice(error, folder.name)
    return ConflictError(str(error), code=ErrorCode.SERIES_CHOICE, upload_id=folder.name, choices=choices)


def resample_choice(error: IrregularGridError, upload_id: str) -> ConflictError:
    """The error that asks whether the slices of a waiting upload are resampled."""
    return ConflictError(str(error), code=ErrorCode.RESAMPLE_CHOICE, upload_id=upload_id)


def require_series(upload: UploadRow, series_uid: str | None) -> None:
    """Raise InvalidRequestError unless the series is one of the upload's; None where there is but one."""
    held = {choice["series_uid"] for choice in upload.choices}
    if series_uid not in (held or {None}):
        raise InvalidRequestError("The series must be one of those the upload holds. Choose one of them.")
