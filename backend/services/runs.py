"""Runs: asking for one, watching it, cancelling it. The worker process does the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.jobs.leases import WORKER_DIED, give_up_run, has_lost_its_worker
from backend.services.access import get_model, get_project, get_run, get_volume
from backend.services.summaries import MAX_LISTED, iso, label_json, latest_annotations, run_json
from backend.services.volumes import parse_plane
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError, ModelError
from fewshot_sam.settings import Settings
from storage.database import Database
from storage.models import LabelRow, ModelRow, ProjectRow, RunRow, VolumeRow, utc_now

KINDS = ("propagate", "predict")


class Runs:
    """Queue, read and cancel runs.

    Args:
        wake_worker: called after a commit that gives the worker something to do.
        max_queued: how many runs of an owner may wait; None for no limit.
    """

    def __init__(
        self, database: Database, wake_worker: Callable[[], None], max_queued: int | None = None
    ) -> None:
        self._database = database
        self._wake_worker = wake_worker
        self._max_queued = max_queued

    def create(
        self,
        owner: str,
        volume_id: str,
        kind: str,
        plane: str | None = None,
        model_id: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Queue a run on the slices as painted now.

        "propagate" learns from this volume's painted slices, from its last decoder if the labels are
        the same; "predict" applies a decoder of the project (default its newest) without learning.

        Raises:
            AnnotationError: nothing is painted in the plane.
            ModelError: there is no decoder to predict with, or a setting is unknown or out of its range.
            ConflictError: a run on this volume has not ended, or too many of the owner's wait.
        """
        if kind not in KINDS:
            raise InvalidRequestError(f"A run must be of kind propagate or predict, got {kind[:20]!r}.")
        chosen_settings = {} if settings is None else settings
        Settings.from_json(chosen_settings)
        with self._database.write() as session:
            volume = get_volume(session, owner, volume_id)
            _refuse_second(session, volume)
            _refuse_many(session, owner, self._max_queued)
            make = _propagation if kind == "propagate" else _prediction
            run = make(session, owner, volume, plane, model_id, chosen_settings)
            session.add(run)
            session.flush()
            summary = run_json(session, run)
        self._wake_worker()
        return summary

    def get(self, owner: str, run_id: str) -> dict[str, Any]:
        """A run as it stands."""
        with self._database.read() as session:
            return run_json(session, get_run(session, owner, run_id))

    def of_volume(self, owner: str, volume_id: str) -> list[dict[str, Any]]:
        """The volume's newest runs, MAX_LISTED at most, newest first."""
        with self._database.read() as session:
            volume = get_volume(session, owner, volume_id)
            query = (
                select(RunRow)
                .where(RunRow.volume_id == volume.id)
                .order_by(RunRow.created_at.desc(), RunRow.id)
            )
            return [run_json(session, run) for run in session.scalars(query.limit(MAX_LISTED))]

    def cancel(self, owner: str, run_id: str) -> dict[str, Any]:
        """Stop a run: at once if it waits, within seconds if it runs; harmless if it has ended."""
        with self._database.write() as session:
            run = get_run(session, owner, run_id)
            if run.state == "queued":
                run.state, run.stage, run.finished_at = "cancelled", "Cancelled", utc_now()
            elif run.state == "running" and run.cancel_requested_at is None:
                run.cancel_requested_at, run.stage = utc_now(), "Cancelling"
            session.flush()
            summary = run_json(session, run)
        self._wake_worker()
        return summary

    def models(self, owner: str, project_id: str) -> list[dict[str, Any]]:
        """The newest decoders of a project, MAX_LISTED at most, newest first."""
        query = select(ModelRow).where(ModelRow.project_id == project_id).order_by(ModelRow.created_at.desc())
        with self._database.read() as session:
            get_project(session, owner, project_id)
            return [_model_json(session, model) for model in session.scalars(query.limit(MAX_LISTED))]


def _refuse_second(session: Session, volume: VolumeRow) -> None:
    query = select(RunRow).where(RunRow.volume_id == volume.id, RunRow.state.in_(("queued", "running")))
    for run in session.scalars(query):
        if run.state == "running" and has_lost_its_worker(session, run):
            give_up_run(run, WORKER_DIED)
            continue
        raise ConflictError(
            "A run on this volume has not ended yet. Wait for it, or cancel it first.", run_id=run.id
        )


def _refuse_many(session: Session, owner: str, most: int | None) -> None:
    if most is None:
        return
    query = select(func.count(RunRow.id)).join(VolumeRow, RunRow.volume_id == VolumeRow.id).join(ProjectRow)
    if (session.scalar(query.where(ProjectRow.owner == owner, RunRow.state == "queued")) or 0) >= most:
        raise ConflictError(
            f"At most {most} of your runs can wait on this server. Wait for one of them, or cancel it first."
        )


def _propagation(
    session: Session,
    owner: str,
    volume: VolumeRow,
    plane: str | None,
    model_id: str | None,
    settings: dict[str, Any],
) -> RunRow:
    chosen = parse_plane(plane) if plane else Plane(volume.plane)
    versions = _painted_versions(session, volume, chosen)
    if not versions["painted"]:
        raise AnnotationError(
            f"Paint a label on at least one {chosen.value} slice first; a few, spread over the "
            "structure, work best."
        )
    labels = _labels(session, volume)
    earlier = _last_model(session, volume, chosen)
    painted = {v for row in latest_annotations(session, volume.id, chosen.value) for v in row.values}
    warm = earlier is not None and {label["value"] for label in earlier.labels} == painted
    return RunRow(
        volume_id=volume.id,
        kind="propagate",
        plane=chosen.value,
        settings=settings,
        annotation_versions=versions["painted"] | versions["empty"],
        labels=labels,
        warm_start_model_id=earlier.id if earlier is not None and warm else None,
    )


def _prediction(
    session: Session,
    owner: str,
    volume: VolumeRow,
    plane: str | None,
    model_id: str | None,
    settings: dict[str, Any],
) -> RunRow:
    if model_id is not None:
        model = get_model(session, owner, model_id)
        if model.project_id != volume.project_id:
            raise ModelError("The few-shot model must be of the same project as the volume. Choose another.")
    else:
        query = (
            select(ModelRow)
            .where(ModelRow.project_id == volume.project_id)
            .order_by(ModelRow.created_at.desc())
        )
        newest = session.scalar(query.limit(1))
        if newest is None:
            raise ModelError(
                "This project has no few-shot model yet. Paint slices of one volume and propagate first."
            )
        model = newest
    if plane is not None and parse_plane(plane).value != model.plane:
        raise ModelError(f"This few-shot model was made on {model.plane} slices; predict in that plane.")
    versions = _painted_versions(session, volume, Plane(model.plane))
    current = {label["value"]: label for label in _labels(session, volume)}
    return RunRow(
        volume_id=volume.id,
        kind="predict",
        plane=model.plane,
        settings=settings,
        annotation_versions=versions["painted"] | versions["empty"],
        # The model's labels as they are called now, and those of slices painted since.
        labels=list(({label["value"]: label for label in model.labels} | current).values()),
        model_id=model.id,
    )


def _painted_versions(session: Session, volume: VolumeRow, plane: Plane) -> dict[str, dict[str, int]]:
    versions: dict[str, dict[str, int]] = {"painted": {}, "empty": {}, "cleared": {}}
    for annotation in latest_annotations(session, volume.id, plane.value):
        versions[annotation.state][str(annotation.slice_index)] = annotation.version
    return versions


def _labels(session: Session, volume: VolumeRow) -> list[dict[str, Any]]:
    query = select(LabelRow).where(LabelRow.project_id == volume.project_id).order_by(LabelRow.value)
    return [label_json(label) for label in session.scalars(query)]


def _last_model(session: Session, volume: VolumeRow, plane: Plane) -> ModelRow | None:
    query = select(ModelRow).where(
        ModelRow.volume_id == volume.id,
        ModelRow.project_id == volume.project_id,
        ModelRow.plane == plane.value,
    )
    return session.scalar(query.order_by(ModelRow.created_at.desc()).limit(1))


def _model_json(session: Session, model: ModelRow) -> dict[str, Any]:
    volume = session.get(VolumeRow, model.volume_id) if model.volume_id else None
    return {
        "id": model.id,
        "project_id": model.project_id,
        "volume_id": model.volume_id,
        "volume_name": volume.name if volume else None,
        "plane": model.plane,
        "labels": model.labels,
        "created_at": iso(model.created_at),
    }
