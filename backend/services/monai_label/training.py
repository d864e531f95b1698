"""Fitting the project's model for a program of MONAI Label, and how far that is."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.queries.access import get_project
from backend.queries.annotations import painted_counts
from backend.queries.answers import run_answer
from backend.queries.runs import NEWEST_FIRST
from backend.schemas.answers import RunAnswer
from backend.schemas.enums import UNFINISHED, ReviewState, RunKind, SliceState
from backend.services.runs import RunQueue
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError
from storage.database import Database
from storage.models import AnnotationRow, RunRow, VolumeRow


class Training:
    """Runs that fit the models of projects."""

    def __init__(self, database: Database, runs: RunQueue) -> None:
        self._database = database
        self._runs = runs

    def volume_to_fit(self, asker: Asker, project_id: str) -> str:
        """The volume whose run fits the model: the one painted last. The fit learns from the others too.

        Raises:
            NotFoundError, ForbiddenError: see :func:`backend.queries.access.get_project`.
            AnnotationError: nothing is painted that a run could begin from.
        """
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            volumes = {
                each.id: Plane(each.plane)
                for each in project.volumes
                if each.review != ReviewState.ACCEPTED and not each.is_reading
            }
            painted = painted_counts(session, list(volumes))
            wanted = [volume_id for volume_id, plane in volumes.items() if painted[volume_id][plane]]
            found = _painted_last(session, wanted)
        if found is None:
            raise AnnotationError(
                "Nothing is painted in this project that a model could be fitted to. Save a label with some "
                "slices, or paint on the page."
            )
        return found

    def start(self, asker: Asker, volume_id: str) -> RunAnswer:
        """Queue the run. Raises as :meth:`backend.services.runs.RunQueue.create`."""
        return self._runs.create(asker, volume_id, RunKind.PROPAGATE)

    def latest(self, asker: Asker, project_id: str) -> RunAnswer | None:
        """The run that fitted the project's model last, or is to; None where there was none."""
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            ids = [volume.id for volume in project.volumes]
            query = select(RunRow).where(RunRow.volume_id.in_(ids), RunRow.kind == RunKind.PROPAGATE)
            run = session.scalar(query.order_by(*NEWEST_FIRST).limit(1))
            return None if run is None else run_answer(session, run)

    def stop(self, asker: Asker, project_id: str) -> RunAnswer | None:
        """Stop the run that fits the model; None where none does."""
        run = self.latest(asker, project_id)
        if run is None or run.state not in UNFINISHED:
            return None
        return self._runs.cancel(asker, run.id)


def _painted_last(session: Session, volume_ids: list[str]) -> str | None:
    query = (
        select(AnnotationRow.volume_id)
        .join(VolumeRow, VolumeRow.id == AnnotationRow.volume_id)
        .where(AnnotationRow.volume_id.in_(volume_ids), AnnotationRow.plane == VolumeRow.plane)
        .where(AnnotationRow.state == SliceState.PAINTED)
        .group_by(AnnotationRow.volume_id)
        .order_by(func.max(AnnotationRow.id).desc())
    )
    return session.scalar(query.limit(1))
