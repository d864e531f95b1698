"""Masks of what is painted, by no model: for who labels by hand, corrects a mask, or converts an import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.blobs import require_blob, stored_again
from backend.errors import ConflictError
from backend.queries.access import get_volume
from backend.queries.annotations import held_slices
from backend.queries.answers import mask_answer
from backend.queries.masks import NO_METHOD
from backend.queries.newest import current_mask
from backend.queries.runs import unfinished_runs
from backend.records.labels import mask_labels
from backend.records.leases import end_run
from backend.records.media_requests import add_requests, surfaces_of
from backend.records.predictions import run_labels
from backend.records.volumes import load_volume_row
from backend.schemas.answers import MaskAnswer
from backend.schemas.enums import RunKind, RunState
from backend.services.planes import parse_plane
from fewshot_sam.data.planes import Plane, from_display, take_slice
from fewshot_sam.errors import AnnotationError
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, RunRow, VolumeRow, utc_now


@dataclass(frozen=True)
class _Taken:
    """What is painted at a moment, and the mask that it lies over.

    Attributes:
        slices: canonical index to label values as :func:`fewshot_sam.data.planes.take_slice` has them.
        versions: of these slices, by index as JSON has it.
        run: what the new mask's row of a run says beside that.
    """

    at: datetime
    plane: Plane
    shape: tuple[int, int, int]
    voxel_ml: float
    slices: dict[int, np.ndarray]
    versions: dict[str, int]
    labels: list[dict[str, Any]]
    base: str | None
    run: dict[str, Any]


class PaintedMasks:
    """Makes the slices as they are painted the volume's mask, over the mask that it has."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def take(self, asker: Asker, volume_id: str, plane: str | None = None) -> MaskAnswer:
        """A new mask: the volume's current one with the slices over it that are painted or said to be empty.

        Without a current mask what is on no such slice is background. Nothing painted changes.

        Args:
            plane: by default the one that the volume is painted in.

        Raises:
            AnnotationError: nothing is painted in the plane.
            ConflictError: a run on the volume has not ended.
            NotFoundError: there is no such volume.
        """
        taken = self._read(asker, volume_id, plane)
        label_map = self._label_map(taken)
        labels = mask_labels(label_map, taken.labels, taken.voxel_ml)
        return stored_again(lambda: self._store(asker, volume_id, taken, label_map, labels))

    def _read(self, asker: Asker, volume_id: str, plane: str | None) -> _Taken:
        at = utc_now()  # a stroke that is saved while this reads counts as made afterwards
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            _refuse_during_a_run(session, volume)
            chosen = parse_plane(plane or volume.plane)
            rows = [row for row in held_slices(session, volume.id) if row.plane == chosen.value]
            if not any(any(row.values) for row in rows):
                raise AnnotationError(
                    f"Nothing is painted on {chosen.value} slices. Paint one, then make a mask of it."
                )
            base = current_mask(session, volume.id)
            scan = load_volume_row(volume, self._blobs)
            return _Taken(
                at=at,
                plane=chosen,
                shape=scan.shape,
                voxel_ml=float(np.prod(scan.spacing_mm)) / 1000.0,
                slices={
                    row.slice_index: from_display(arrays.unpack_slice(row.data, row.rows, row.columns))
                    for row in rows
                },
                versions={str(row.slice_index): row.version for row in rows},
                labels=_labels(session, volume, base),
                base=base.blob if base else None,
                run=_made_with(session, base),
            )

    def _label_map(self, taken: _Taken) -> np.ndarray:
        if taken.base is None:
            label_map = np.zeros(taken.shape, np.uint8, order="F")
        else:
            label_map = arrays.load_mask(self._blobs, taken.base, taken.shape)
        for index, values in taken.slices.items():
            take_slice(label_map, taken.plane, index)[...] = values
        return label_map

    def _store(
        self,
        asker: Asker,
        volume_id: str,
        taken: _Taken,
        label_map: np.ndarray,
        labels: list[dict[str, Any]],
    ) -> MaskAnswer:
        key = arrays.put_mask(self._blobs, label_map)
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            _refuse_during_a_run(session, volume)
            require_blob(self._blobs, key)
            run = RunRow(
                volume_id=volume.id,
                asked_by=asker.id,
                kind=RunKind.TAKE,
                plane=taken.plane.value,
                annotation_versions=taken.versions,
                labels=taken.labels,
                created_at=taken.at,  # what is painted from then on is not in it
                started_at=taken.at,
                **taken.run,
            )
            end_run(run, RunState.DONE, stage="Done", fraction=1.0)
            session.add(run)
            session.flush()
            session.execute(delete(MaskRow).where(MaskRow.volume_id == volume.id, MaskRow.draft))
            mask = MaskRow(
                volume_id=volume.id, run_id=run.id, shape=list(taken.shape), labels=labels, blob=key
            )
            session.add(mask)
            session.flush()
            add_requests(session, surfaces_of(mask))
            return mask_answer(session, mask)


def _refuse_during_a_run(session: Session, volume: VolumeRow) -> None:
    for run in unfinished_runs(session, volume.id):
        raise ConflictError(
            "A run on this volume has not ended yet. Wait for it, or cancel it first.", run_id=run.id
        )


def _labels(session: Session, volume: VolumeRow, base: MaskRow | None) -> list[dict[str, Any]]:
    """The project's labels, and those that only the mask has: of a model from elsewhere."""
    own = run_labels(session, volume)
    values = {label["value"] for label in own}
    return [*own, *(label for label in (base.labels if base else []) if label["value"] not in values)]


def _made_with(session: Session, base: MaskRow | None) -> dict[str, Any]:
    """How what is on no painted slice was made: as the mask below it was."""
    if base is None:
        return {"settings": {"fit": {"method": NO_METHOD}}}
    run = session.get_one(RunRow, base.run_id)
    return {
        "settings": run.settings,
        "encoder": run.encoder,
        "seed": run.seed,
        "model_id": run.model_id,
        "sources": run.sources,
    }
