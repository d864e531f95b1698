"""A run: encode missing slices, fine-tune on the painted ones, segment the volume, store it all."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import numpy as np

from backend.blobs import stored_again
from backend.choices import RunChoice
from backend.errors import DamagedDataError
from backend.jobs.failures import sentence_for
from backend.jobs.limits import out_of_time
from backend.jobs.records import JobRecords
from backend.jobs.results import domain_shift, merged_report, named_sources, next_slices, slice_uncertainty
from backend.jobs.run_encoding import RunEncoding
from backend.jobs.run_inputs import RunInputs, has_result, learnt_from
from backend.jobs.run_progress import RunProgress, StageShare
from backend.jobs.toolbox import Toolbox
from backend.jobs.watch import StopReason, StopWatch
from backend.records.labels import mask_labels
from backend.records.models import put_model
from backend.records.volumes import slice_count
from backend.schemas.enums import RunKind
from fewshot_sam.errors import ModelError, OperationCancelled, UserError
from fewshot_sam.progress import Stage
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow

if TYPE_CHECKING:
    from fewshot_sam.segmenter import FewShotSegmenter, Prediction

logger = logging.getLogger(__name__)

FIT_S, WARM_FIT_S, SCORE_S = 20.0, 6.0, 0.1
"""The same of a first fit, of one that goes on from a model, and of a slice scored and solved."""
DRAFT_FROM_S = 4.0
"""If encoding is likely to take longer than this, a first run shows a draft before it."""
SCORE_SHARE = 0.4  # of the time of a prediction; solving the volume takes the rest


class RunJob:
    """Executes runs one after the other; remembers how long stages took and the last model.

    Args:
        time_limit_s: a run that takes longer fails with a sentence; None for no limit.
    """

    def __init__(
        self,
        records: JobRecords,
        toolbox: Toolbox,
        database: Database,
        blobs: BlobStore,
        time_limit_s: float | None = None,
    ) -> None:
        self._records = records
        self._toolbox = toolbox
        self._database = database
        self._blobs = blobs
        self._time_limit_s = time_limit_s
        self._encoding = RunEncoding(toolbox, records.finish_encoding)
        # What the last ones took; guesses until then.
        self._fit_s: dict[tuple[str, bool], float] = {}  # by method, and whether it went on from a model
        self._score_s: dict[str, float] = {}  # a slice scored and solved, by method
        self._last_model: tuple[str, FewShotSegmenter] | None = None  # blob key, model

    def execute(self, run_id: str) -> None:
        """Execute a claimed run to its end, whatever that is."""
        progress: RunProgress | None = None
        started = time.monotonic()
        with StopWatch(lambda: self._should_stop(run_id, started)) as watch:
            try:
                try:
                    run, row = self._records.run_and_volume(run_id)
                except LookupError:  # deleted
                    return
                inputs = RunInputs.read(run, row, self._database, self._blobs)
                progress = self._progress(inputs, watch)
                self._execute(inputs, progress)
            except OperationCancelled:
                if watch.reason is StopReason.OUT_OF_TIME:
                    self._records.fail_run(run_id, out_of_time(self._time_limit_s or 0.0))
                else:
                    self._records.cancel_run(run_id)
            except UserError as error:
                self._records.fail_run(run_id, str(error))
            except Exception as error:
                logger.exception("run %s failed", run_id)
                stage = progress.stage.lower() if progress else "preparing the run"
                unknown = f"Something went wrong in {stage}; details are in the log."
                self._records.fail_run(run_id, sentence_for(error) or unknown)

    def _should_stop(self, run_id: str, started: float) -> StopReason | None:
        if self._time_limit_s is not None and time.monotonic() - started > self._time_limit_s:
            return StopReason.OUT_OF_TIME
        return self._records.run_should_stop(run_id)

    def _progress(self, inputs: RunInputs, watch: StopWatch) -> RunProgress:
        run, plane = inputs.run, inputs.annotations.plane
        slices = slice_count(inputs.row, plane)
        method, warm = inputs.choice.method, run.warm_start_model_id is not None
        predict_s = slices * self._score_s.get(method, SCORE_S)
        shares = [StageShare(Stage.ENCODE, self._encoding.expected_s(inputs))]
        if run.kind == RunKind.PROPAGATE:
            fit_s = self._fit_s.get((method, warm), WARM_FIT_S if warm else FIT_S)
            shares.append(StageShare(Stage.FIT, fit_s))
        shares.append(StageShare(Stage.SCORE, predict_s * SCORE_SHARE))
        shares.append(StageShare(Stage.SOLVE, predict_s * (1.0 - SCORE_SHARE)))
        return RunProgress(shares, lambda **values: self._records.update_run(run.id, **values), watch.check)

    def _execute(self, inputs: RunInputs, progress: RunProgress) -> None:
        run, row, volume, annotations, choice = inputs[:5]
        progress.begin(Stage.ENCODE)
        if self._is_worth_a_draft(inputs):
            self._show_draft(inputs, progress)
        self._encoding.encode(inputs, progress)
        if run.kind == RunKind.PROPAGATE:
            progress.begin(Stage.FIT)
            started = time.monotonic()
            warm_start = self._warm_start(run, row, choice)
            cases = [(source.volume, source.annotations) for source in inputs.sources]
            fitted = self._toolbox.fit(cases, run.settings, warm_start, progress, choice)
            self._fit_s[choice.method, warm_start is not None] = time.monotonic() - started
        else:
            fitted = self._stored_model(run, row, choice)
        progress.begin(Stage.SCORE)
        started = time.monotonic()
        # A stored model may not know a label painted later; its slices are still put over the result.
        found = fitted.predict(
            volume, annotations if annotations.slices else None, progress, allow_unknown=True
        )
        scored_s = time.monotonic() - started
        self._score_s[choice.method] = scored_s / slice_count(row, annotations.plane)
        progress.check()
        stored_again(lambda: self._store(inputs, fitted, found))

    def _is_worth_a_draft(self, inputs: RunInputs) -> bool:
        """Whether someone would wait for encoding, with no earlier mask to look at."""
        if inputs.run.kind != RunKind.PROPAGATE or inputs.run.warm_start_model_id is not None:
            return False
        if inputs.volume.pictures:  # a draft fills in between slices
            return False
        return self._encoding.expected_s(inputs) > DRAFT_FROM_S and not has_result(inputs, self._database)

    def _show_draft(self, inputs: RunInputs, progress: RunProgress) -> None:
        """Something to look at until the run is done; the run goes on if it cannot be made."""
        run, volume, annotations = inputs.run, inputs.volume, inputs.annotations
        try:
            found = self._toolbox.draft(volume, annotations, lambda *_, **__: progress.check())
            mask = self._mask_row(inputs, found)
            mask.draft = True
            self._records.show_draft(run.id, mask)
        except OperationCancelled:
            raise
        except Exception:
            logger.exception("no draft for run %s", run.id)

    def _warm_start(self, run: RunRow, row: VolumeRow, choice: RunChoice) -> FewShotSegmenter | None:
        """The model that the server chose to go on from, if it can be used."""
        model = self._own_model(run.warm_start_model_id, row)
        try:
            return None if model is None else self._load(model, choice)
        except (ModelError, DamagedDataError):  # of another encoder, or damaged: start afresh
            return None

    def _stored_model(self, run: RunRow, row: VolumeRow, choice: RunChoice) -> FewShotSegmenter:
        model = self._own_model(run.model_id, row)
        if model is None:
            raise ModelError("The few-shot model of this run was deleted. Choose another one.")
        return self._load(model, choice)

    def _own_model(self, model_id: str | None, row: VolumeRow) -> ModelRow | None:
        """A model of the run's own project, and so of its owner; whoever wrote the id, no other is loaded."""
        if model_id is None:
            return None
        with self._database.read() as session:
            model = session.get(ModelRow, model_id)
        if model is not None and model.project_id != row.project_id:
            logger.warning("model %s is not of project %s; it is not loaded", model_id, row.project_id)
            return None
        return model

    def _load(self, model: ModelRow, choice: RunChoice) -> FewShotSegmenter:
        if self._last_model is None or self._last_model[0] != model.blob:
            loaded = self._toolbox.load(self._blobs.verified_path(model.blob), choice)
            self._last_model = (model.blob, loaded)
        return self._last_model[1]

    def _store(self, inputs: RunInputs, fitted: FewShotSegmenter, found: Prediction) -> None:
        run = inputs.run
        mask = self._mask_row(inputs, found)
        if found.confidence is not None:
            mask.confidence_blob = arrays.put_mask(self._blobs, found.confidence)
            mask.slice_uncertainty = slice_uncertainty(found.confidence)
        mask.mean_confidence = found.mean_confidence
        mask.next_slices = next_slices(found.report, run.plane)
        source = learnt_from(run, self._database)
        mask.domain_shift = domain_shift(found.report, run.plane, inputs.row.modality, source)
        model = self._model_row(inputs, fitted) if run.kind == RunKind.PROPAGATE else None
        self._records.finish_run(run.id, mask, model, merged_report(mask.labels, found.report))

    def _mask_row(self, inputs: RunInputs, found: Prediction) -> MaskRow:
        """A prediction's label map, stored, and its row."""
        voxel_ml = float(np.prod(inputs.volume.spacing_mm)) / 1000.0
        label_map = found.label_map.astype(np.uint8, copy=False)  # codes are the project's label values here
        return MaskRow(
            volume_id=inputs.row.id,
            run_id=inputs.run.id,
            shape=list(label_map.shape),
            labels=mask_labels(label_map, inputs.run.labels, voxel_ml),
            blob=arrays.put_mask(self._blobs, label_map),
        )

    def _model_row(self, inputs: RunInputs, fitted: FewShotSegmenter) -> ModelRow:
        run, row, choice = inputs.run, inputs.row, inputs.choice
        key = put_model(self._blobs, fitted.save)
        self._last_model = (key, fitted)
        return ModelRow(
            project_id=row.project_id,
            volume_id=row.id,
            plane=run.plane,
            encoder=self._toolbox.encoder_identity(choice),
            method=choice.method,
            encoder_name=choice.encoder,
            seed=choice.seed,
            sources=named_sources(run, row),
            labels=[label for label in run.labels if label["value"] in fitted.codes],
            blob=key,
        )
