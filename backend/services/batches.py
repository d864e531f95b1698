"""Batches: a model applied to many volumes. The worker makes their runs, one when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.queries.access import get_batch, get_project
from backend.queries.batches import (
    batch_answer,
    batch_state,
    batch_volumes,
    has_unfinished_batch,
    select_batches,
    volumes_with_mask_of,
)
from backend.queries.model_kinds import fitted_on_pictures, suits
from backend.records.leases import request_cancel
from backend.schemas.batches import BatchAnswer
from backend.schemas.enums import BatchState, ReviewState, RunState
from backend.services.runs import model_to_apply
from fewshot_sam.errors import ModelError
from storage.batches import BatchRow, BatchVolumeRow
from storage.database import Database
from storage.models import ModelRow, ProjectRow, VolumeRow, utc_now
from storage.readings import ReadingRow

MAX_BATCHES = 5
"""Batches of a project in one answer, the newest: each names all its volumes."""


class Batches:
    """Begin, read, cancel and resume batches.

    Args:
        wake_worker: called after a commit that gives the worker something to do.
    """

    def __init__(self, database: Database, wake_worker: Callable[[], None]) -> None:
        self._database = database
        self._wake_worker = wake_worker

    def create(
        self,
        asker: Asker,
        project_id: str,
        model_id: str | None = None,
        volume_ids: Sequence[str] | None = None,
    ) -> BatchAnswer:
        """Apply a model to many volumes of its project.

        Args:
            model_id: by default the project's newest.
            volume_ids: by default all that have no mask of the model yet.

        Raises:
            NotFoundError: there is no such project or model for the asker.
            ModelError: there is no model, or no volume that lacks a mask of it.
            InvalidRequestError: a volume is in another project.
            ConflictError: a batch of the project has not ended.
        """
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            model = model_to_apply(session, asker, project.id, model_id)
            _refuse_second(session, project.id)
            chosen = _choose(session, project, model, volume_ids)
            batch = BatchRow(project_id=project.id, model_id=model.id, asked_by=asker.id)
            session.add(batch)
            session.flush()
            session.add_all(
                BatchVolumeRow(batch_id=batch.id, volume_id=volume_id, position=position)
                for position, volume_id in enumerate(chosen)
            )
            session.flush()
            answer = batch_answer(session, batch)
        self._wake_worker()
        return answer

    def get(self, asker: Asker, batch_id: str) -> BatchAnswer:
        """A batch as it stands. Raises NotFoundError."""
        with self._database.read() as session:
            return batch_answer(session, get_batch(session, asker, batch_id))

    def of_project(self, asker: Asker, project_id: str) -> list[BatchAnswer]:
        """The project's newest batches, MAX_BATCHES at most, newest first. Raises NotFoundError."""
        with self._database.read() as session:
            get_project(session, asker, project_id)
            batches = session.scalars(select_batches(project_id).limit(MAX_BATCHES))
            return [batch_answer(session, batch) for batch in batches]

    def cancel(self, asker: Asker, batch_id: str) -> BatchAnswer:
        """Stop a batch: the run under way within seconds, and no other begins; harmless if it has ended."""
        with self._database.write() as session:
            batch = get_batch(session, asker, batch_id)
            volumes = batch_volumes(session, batch, hidden_too=True)
            if batch_state(batch, volumes) is BatchState.RUNNING:
                batch.cancelled_at = utc_now()
                for volume in volumes:
                    if volume.run is not None:
                        request_cancel(volume.run)
            session.flush()
            answer = batch_answer(session, batch)
        self._wake_worker()
        return answer

    def resume(self, asker: Asker, batch_id: str) -> BatchAnswer:
        """Go on with what has no mask: what was cancelled, waits or failed; harmless if nothing is left.

        Raises:
            NotFoundError: there is no such batch for the asker.
            ConflictError: another batch of the project has not ended.
        """
        with self._database.write() as session:
            batch = get_batch(session, asker, batch_id)
            if batch_state(batch, batch_volumes(session, batch, hidden_too=True)) is not BatchState.RUNNING:
                _refuse_second(session, batch.project_id)
                batch.cancelled_at = None
                for row, _, run in batch_volumes(session, batch, hidden_too=True):
                    if run is not None and run.state != RunState.DONE:
                        row.run_id, row.deaths = None, 0
            session.flush()
            answer = batch_answer(session, batch)
        self._wake_worker()
        return answer


def _refuse_second(session: Session, project_id: str) -> None:
    if has_unfinished_batch(session, project_id):
        raise ConflictError(
            "Volumes of this project are being predicted already. Wait for the end, or cancel it first."
        )


def _choose(
    session: Session, project: ProjectRow, model: ModelRow, volume_ids: Sequence[str] | None
) -> list[str]:
    """Ids of volumes in the order of the project; readings are none of them, each is its reader's."""
    readings = select(ReadingRow.volume_id)
    query = select(VolumeRow).where(VolumeRow.project_id == project.id, VolumeRow.id.not_in(readings))
    volumes = session.scalars(query.order_by(VolumeRow.created_at, VolumeRow.id)).all()
    kind = fitted_on_pictures(session, model)
    alike = [volume for volume in volumes if suits(kind, volume)]
    if volume_ids is not None:
        if not set(volume_ids) <= {volume.id for volume in alike}:
            raise InvalidRequestError(
                "Only volumes of this project can be predicted, readings not, pictures by a model of "
                "pictures and scans by one of scans; one is none of these, or was deleted. Reload the page."
            )
        return [volume.id for volume in alike if volume.id in set(volume_ids)]
    done = volumes_with_mask_of(session, model.id)
    open_ones = (volume for volume in alike if volume.review != ReviewState.ACCEPTED)
    left = [volume.id for volume in open_ones if volume.id not in done]
    if not left:
        raise ModelError("Every volume of this project has a mask of this model already.")
    return left
