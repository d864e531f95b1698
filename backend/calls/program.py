"""The process that carries out one call: ``python -m backend.calls.program FOLDER``.

``request.json`` in the folder says what to do; ``answer.json`` says what was found, or which sentence the
caller is told. What callers sent is parsed by a confined child of this process, as uploads are. The process
ends when its standard input does, as when the server is killed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.calls.requests import (
    ANSWER_FILE,
    FAILED,
    MASK_FILE,
    MODEL_FILE,
    REQUEST_FILE,
    EvaluateCall,
    PredictCall,
    ProgramRequest,
    PropagateCall,
)
from backend.choices import Encoders
from backend.config import Config
from backend.permissions import restrict_new_files
from backend.reading_limits import reading_limits
from backend.schemas.limits import MAX_MODEL_BYTES
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.label_reading import LabelReading
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.errors import AnnotationError, ModelError, UserError
from fewshot_sam.io.sandbox.reading import read_label_slices, read_volume

if TYPE_CHECKING:  # loads torch
    from fewshot_sam.segmenter import FewShotSegmenter, Prediction

logger = logging.getLogger(__name__)


def main(folder: Path) -> int:
    """Carry out the request in the folder; 0 unless the process is broken."""
    restrict_new_files()
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    request = ProgramRequest.model_validate_json((folder / REQUEST_FILE).read_bytes())
    try:
        answer = CallProgram(request, folder).carry_out()
    except UserError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "Not enough memory for this volume; crop the image."}
    except Exception:
        logger.exception("a call failed")
        answer = {"error": FAILED}
    (folder / ANSWER_FILE).write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _end_with_the_server() -> None:
    while os.read(0, 1024):  # not through sys.stdin, whose lock would abort the interpreter at its end
        pass
    os._exit(1)


class CallProgram:
    """Carries out one call.

    Args:
        folder: for embeddings and other temporary files, deleted by who started the process.
    """

    def __init__(self, request: ProgramRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        config = replace(
            Config.from_environment(),
            home=request.home,
            encoder=request.encoder,
            device=request.device,
        )
        self._reading: dict[str, Any] = {"limits": reading_limits(config), "temporary_folder": folder}
        self._encoders = Encoders(config)

    def carry_out(self) -> dict[str, Any]:
        """The report, as JSON can hold it. Raises UserError."""
        from fewshot_sam.cli.report import plain

        call = self._request.call
        if isinstance(call, PropagateCall):
            report = self._propagate(call)
        elif isinstance(call, PredictCall):
            report = self._predict(call)
        else:
            report = self._evaluate(call)
        content: dict[str, Any] = plain(report)
        return content

    def _propagate(self, call: PropagateCall) -> dict[str, Any]:
        with self._scan(call.image, call) as volume:
            label_map, plane = self._label_map(call.annotations, volume, call.plane, call.how)
            if not label_map.codes.any():
                raise AnnotationError("The annotations must hold a painted label, but every voxel is 0.")
            reviewed = [volume.source.canonical_index(plane, index) for index in call.slices]
            painted = SparseAnnotations.from_label_map(label_map.codes, plane, reviewed)
            segmenter = self._fitted(call, volume, painted)
            prediction = segmenter.predict(volume, annotations=painted)
            if call.save_model:
                self._save_model(segmenter, painted, label_map)
            self._write(prediction, volume)
            from fewshot_sam.cli import next_slice, segmenters

            return {
                "plane": plane.value,
                "label_names": {code: label.name for code, label in label_map.names.items()},
                "next_slice": next_slice.next_slice(prediction, volume, plane),
                "notes": _notes(volume, label_map),
                **segmenters.describe(segmenter, prediction, volume),
            }

    def _fitted(self, call: PropagateCall, volume: Volume, painted: SparseAnnotations) -> FewShotSegmenter:
        from fewshot_sam.segmenter import FewShotSegmenter
        from fewshot_sam.settings import Settings

        source = self._encoders.source(self._encoders.default) or self._request.encoder
        settings = Settings.for_method(call.method)
        segmenter = FewShotSegmenter(source, self._request.device, call.seed, settings, self._cache())
        window = Window(*call.window) if call.window else None
        return segmenter.fit([(volume, painted)], plane=painted.plane, window=window)

    def _save_model(
        self, segmenter: FewShotSegmenter, painted: SparseAnnotations, label_map: LabelMap
    ) -> None:
        from fewshot_sam.cli import cards

        named = {code: label for code, label in label_map.names.items() if code in painted.codes}
        segmenter.save(self._request.outputs / MODEL_FILE, cards.card_of(segmenter, named))

    def _predict(self, call: PredictCall) -> dict[str, Any]:
        from fewshot_sam.cli import cards, next_slice, segmenters

        segmenter = self._model(call)
        with self._scan(call.image, call) as volume:
            prediction = segmenter.predict(volume)
            self._write(prediction, volume)
            return {
                "label_names": {code: label.name for code, label in cards.labels_of(segmenter).items()},
                "domain_shift": next_slice.domain_shift(prediction, volume, segmenter.plane),
                "notes": _notes(volume),
                **segmenters.describe(segmenter, prediction, volume),
            }

    def _model(self, call: PredictCall) -> FewShotSegmenter:
        from fewshot_sam.methods.shared_model import SharedModel
        from fewshot_sam.segmenter import FewShotSegmenter

        stated = SharedModel.read(call.model, MAX_MODEL_BYTES).about.encoder
        encoder = self._encoders.installed_as(stated)
        source = self._encoders.source(encoder) if encoder else None
        if source is None:
            raise ModelError(
                f"The model was fitted with the encoder {stated[:80]}, which is not installed here."
            )
        return FewShotSegmenter.load(call.model, source, self._request.device, call.seed, cache=self._cache())

    def _evaluate(self, call: EvaluateCall) -> dict[str, Any]:
        from fewshot_sam.cli import scoring

        with self._grid_of(call.mask, call.reference) as volume:
            found, wanted = (
                self._label_map(path, volume, Plane.AXIAL, call.how)[0]
                for path in (call.mask, call.reference)
            )
            pair = scoring.pair_of(found, wanted, volume, call.plane, call.exclude_slices)
        scores = scoring.score(pair, call.labels, call.tolerance_mm)
        return {
            "labels": scores,
            "mean": scoring.mean_over_labels(scores),
            "label_names": pair.names,
            "notes": list(filter(None, [pair.note, found.notes, wanted.notes])),
        }

    @contextmanager
    def _scan(self, image: Path, call: PropagateCall | PredictCall) -> Iterator[Volume]:
        with read_volume([image], series_uid=call.series, resample=call.resample, **self._reading) as read:
            volume = read.volume
            yield replace(volume, modality=call.modality) if call.modality else volume

    @contextmanager
    def _grid_of(self, mask: Path, reference: Path) -> Iterator[Volume]:
        """The one of two label maps that states a grid, read as a volume: a DICOM segmentation may not."""
        try:
            reading = read_volume([mask], **self._reading)
            volume = reading.__enter__()
        except UserError:
            reading = read_volume([reference], **self._reading)
            volume = reading.__enter__()
        try:
            yield volume.volume
        finally:
            reading.__exit__(None, None, None)

    def _label_map(
        self, path: Path, volume: Volume, plane: Plane | None, how: LabelReading
    ) -> tuple[LabelMap, Plane]:
        """A label map on the volume's grid, and the plane that was asked for or that was painted."""
        default = volume.default_plane
        opened = read_label_slices(
            [path], volume.source, plane, default_plane=default, how=how, **self._reading
        )
        with opened as slices:
            codes = np.zeros(volume.shape, np.uint16, order="F")
            along = np.moveaxis(codes, slices.plane.axis, 0)
            for index, found in slices:
                along[index] = found
            return LabelMap(codes, slices.names, slices.notes), slices.plane

    def _cache(self) -> Any:
        """Embeddings of this call alone: nothing of a caller's scan stays."""
        from fewshot_sam.embeddings.cache import EmbeddingCache

        return EmbeddingCache(self._folder / "embeddings")

    def _write(self, prediction: Prediction, volume: Volume) -> None:
        from fewshot_sam.io.export import save_label_map

        save_label_map(prediction.label_map, volume, self._request.outputs / MASK_FILE)


def _notes(volume: Volume, *label_maps: LabelMap) -> list[str]:
    """What was done to files while they were read."""
    return list(filter(None, [volume.metadata.get("notes"), *(each.notes for each in label_maps)]))


if __name__ == "__main__":
    os.nice(5)  # the page's own runs go first
    sys.exit(main(Path(sys.argv[1])))
