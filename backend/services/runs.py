"""Runs: asking for one, watching it, cancelling it. The worker process does the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.choices import RunChoice
from backend.errors import ConflictError, InvalidRequestError
from backend.queries.access import get_model, get_project, get_run, get_volume
from backend.queries.annotations import painted_values
from backend.queries.answers import run_answer, run_answers
from backend.queries.model_answers import model_answers
from backend.queries.model_kinds import fitted_on_pictures, suits
from backend.queries.models import model_to_go_on_from, newest_model, select_models
from backend.queries.runs import queued_count, select_runs, unfinished_runs
from backend.queries.sources import reviewed_versions
from backend.records.leases import WORKER_DIED, give_up_run, has_lost_its_worker, request_cancel
from backend.records.predictions import prediction_run, run_labels
from backend.schemas.answers import ModelAnswer, RunAnswer
from backend.schemas.enums import RunKind, RunState
from backend.schemas.limits import MAX_LISTED
from backend.services.choices import NOTHING_ASKED, AskedChoice, Choices
from backend.services.planes import parse_plane
from backend.services.sources import choose_sources
from fewshot_sam.errors import ModelError
from fewshot_sam.settings import Settings
from storage.database import Database
from storage.models import ModelRow, RunRow, VolumeRow
from storage.readings import ReadingRow


@dataclass(frozen=True)
class RunRequest:
    """What somebody asks a run for.

    Attributes:
        plane: by default the volume's for a propagation, the model's for a prediction.
        model_id: for a prediction; by default the project's newest model.
        settings: of :class:`fewshot_sam.settings.Settings`, those that differ from the defaults.
        choice: of a propagation, with an encoder that is installed; a prediction has its model's.
        afresh: of a propagation: it does not go on from an earlier model.
        sources: of a propagation: ids of the other volumes that it learns from; None for all that are
            painted in its plane.
    """

    asker: Asker
    volume: VolumeRow
    plane: str | None = None
    model_id: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    choice: RunChoice = field(default_factory=RunChoice)
    afresh: bool = False
    sources: Sequence[str] | None = None


class RunQueue:
    """Queue, read and cancel runs.

    Args:
        wake_worker: called after a commit that gives the worker something to do.
        choices: which methods and encoders there are.
        max_queued: how many runs that one person asked for may wait; None for no limit.
    """

    def __init__(
        self,
        database: Database,
        wake_worker: Callable[[], None],
        choices: Choices,
        max_queued: int | None = None,
    ) -> None:
        self._database = database
        self._wake_worker = wake_worker
        self._choices = choices
        self._max_queued = max_queued

    def create(
        self,
        asker: Asker,
        volume_id: str,
        kind: str,
        plane: str | None = None,
        model_id: str | None = None,
        settings: dict[str, Any] | None = None,
        asked: AskedChoice = NOTHING_ASKED,
    ) -> RunAnswer:
        """Queue a run on the slices as painted now.

        Args:
            kind: a :class:`RunKind`. A propagation fits a model to the painted slices of this volume and of
                others, from an earlier model if that learnt the same labels from the first of them and it is
                not asked for afresh; a prediction applies a model of the project as it is.
            plane, model_id, settings: see :class:`RunRequest`.
            asked: method, encoder, seed and sources of a propagation, and whether it is fitted from scratch.

        Raises:
            AnnotationError: nothing is painted in the plane, here or on a volume to learn from.
            ModelError: there is no model to predict with, a setting is unknown or out of its range, or the
                method or the encoder is none that is offered here.
            ConflictError: a run on this volume has not ended, or too many of the asker's wait.
        """
        chosen_kind = _parse_kind(kind)
        choice, chosen_settings = self._choices.of(asked, {} if settings is None else settings)
        Settings.from_json(chosen_settings)
        if chosen_kind == RunKind.PREDICT and asked != NOTHING_ASKED:
            raise InvalidRequestError(
                "A prediction has the method, encoder and seed of its model; leave them out."
            )
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            _refuse_second(session, volume)
            _refuse_many(session, asker.id, self._max_queued)
            request = RunRequest(
                asker, volume, plane, model_id, chosen_settings, choice, asked.afresh, asked.sources
            )
            run = _MAKERS[chosen_kind](session, request)
            session.add(run)
            session.flush()
            answer = run_answer(session, run)
        self._wake_worker()
        return answer

    def get(self, asker: Asker, run_id: str) -> RunAnswer:
        """A run as it stands. Raises NotFoundError."""
        with self._database.read() as session:
            return run_answer(session, get_run(session, asker, run_id))

    def of_volume(self, asker: Asker, volume_id: str) -> list[RunAnswer]:
        """The volume's newest runs, MAX_LISTED at most, newest first. Raises NotFoundError."""
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            return run_answers(session, list(session.scalars(select_runs(volume.id).limit(MAX_LISTED))))

    def cancel(self, asker: Asker, run_id: str) -> RunAnswer:
        """Stop a run: at once if it waits, within seconds if it runs; harmless if it has ended."""
        with self._database.write() as session:
            run = get_run(session, asker, run_id)
            request_cancel(run)
            session.flush()
            answer = run_answer(session, run)
        self._wake_worker()
        return answer

    def models(self, asker: Asker, project_id: str) -> list[ModelAnswer]:
        """The newest models of a project, MAX_LISTED at most, newest first. Raises NotFoundError."""
        with self._database.read() as session:
            get_project(session, asker, project_id)
            models = session.scalars(select_models(project_id).limit(MAX_LISTED))
            return model_answers(session, list(models))


def _parse_kind(kind: str) -> RunKind:
    if kind not in _MAKERS:
        raise InvalidRequestError(f"A run must be of kind propagate or predict, got {kind[:20]!r}.")
    return RunKind(kind)


def _refuse_second(session: Session, volume: VolumeRow) -> None:
    for run in unfinished_runs(session, volume.id):
        if run.state == RunState.RUNNING and has_lost_its_worker(session, run):
            give_up_run(run, WORKER_DIED)
            continue
        raise ConflictError(
            "A run on this volume has not ended yet. Wait for it, or cancel it first.", run_id=run.id
        )


def _refuse_many(session: Session, asked_by: str, max_queued: int | None) -> None:
    if max_queued is not None and queued_count(session, asked_by) >= max_queued:
        raise ConflictError(
            f"At most {max_queued} of your runs can wait on this server. "
            "Wait for one of them, or cancel it first."
        )


def _propagation(session: Session, request: RunRequest) -> RunRow:
    volume, choice = request.volume, request.choice
    plane = parse_plane(request.plane or volume.plane)
    sources = choose_sources(session, request.asker, volume, plane, request.sources)
    ids = [source["volume_id"] for source in sources]
    earlier = None if request.afresh else model_to_go_on_from(session, volume.project_id, ids, plane, choice)
    painted = set().union(*(painted_values(session, volume_id, plane) for volume_id in ids))
    warm = earlier is not None and {label["value"] for label in earlier.labels} == painted
    return RunRow(
        volume_id=volume.id,
        asked_by=request.asker.id,
        kind=RunKind.PROPAGATE,
        plane=plane.value,
        settings=request.settings,
        encoder=choice.encoder,
        seed=choice.seed,
        annotation_versions=reviewed_versions(session, volume, plane),
        sources=sources,
        labels=run_labels(session, volume),
        warm_start_model_id=earlier.id if earlier is not None and warm else None,
    )


def _prediction(session: Session, request: RunRequest) -> RunRow:
    volume = request.volume
    model = model_to_apply(session, request.asker, volume.project_id, request.model_id, volume.id)
    if request.plane is not None and parse_plane(request.plane).value != model.plane:
        raise ModelError(f"This few-shot model was made on {model.plane} slices; predict in that plane.")
    of_pictures = fitted_on_pictures(session, model)
    if not suits(of_pictures, volume):
        learnt, own = ("pictures", "a scan") if of_pictures else ("scans", "a stack of pictures")
        raise ModelError(f"This few-shot model was fitted on {learnt}, and {volume.name} is {own}.")
    return prediction_run(session, volume, model, request.settings, request.asker.id)


_MAKERS: dict[RunKind, Callable[[Session, RunRequest], RunRow]] = {
    RunKind.PROPAGATE: _propagation,
    RunKind.PREDICT: _prediction,
}


def model_to_apply(
    session: Session, asker: Asker, project_id: str, model_id: str | None, volume_id: str | None = None
) -> ModelRow:
    """The model of a project that was asked for, by default its newest.

    Args:
        volume_id: the one volume that it is applied to; None for many.

    Raises:
        ModelError: the project has none, it is another project's, or it learnt from a reading that is blind.
        NotFoundError: there is no such model for the asker.
    """
    if model_id is None:
        newest = newest_model(session, project_id, volume_id)
        if newest is None:
            raise ModelError(
                "This project has no few-shot model yet. Paint slices of one volume and propagate first."
            )
        return newest
    model = get_model(session, asker, model_id)
    if model.project_id != project_id:
        raise ModelError("The few-shot model must be of the same project as the volume. Choose another.")
    reading = session.get(ReadingRow, model.volume_id) if model.volume_id else None
    if reading is not None and reading.revealed_at is None and reading.volume_id != volume_id:
        raise ModelError(
            "This few-shot model learnt from a blind reading, and until that is over it is applied to that "
            "reading alone. Choose another."
        )
    return model
