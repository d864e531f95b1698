"""Masks: what a run made of a volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy import select

from backend.asker import Asker
from backend.errors import ConflictError, NotFoundError
from backend.exports.base import ExportedMask
from backend.exports.project import ProjectToExport, VolumeToExport
from backend.queries.access import get_mask, get_project
from backend.queries.annotations import annotations_of_run
from backend.queries.answers import label_answer, mask_answer, volume_answers
from backend.queries.masks import current_labels
from backend.queries.provenance import provenance_answer
from backend.queries.references import references_of
from backend.records.volumes import load_headers, load_volume_row
from backend.schemas.answers import MaskAnswer
from backend.schemas.enums import VolumeState
from backend.services.scores import ReferenceScores
from fewshot_sam.data.planes import Plane
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, RunRow, VolumeRow, utc_now


class Masks:
    """Read masks and their bytes.

    Attributes:
        scores: how they score against references.
    """

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs
        self.scores = ReferenceScores(database, blobs)

    def get(self, asker: Asker, mask_id: str) -> MaskAnswer:
        """The mask with its labels, named as they are called now. Raises NotFoundError."""
        with self._database.read() as session:
            return mask_answer(session, get_mask(session, asker, mask_id))

    def require_project(self, asker: Asker, project_id: str) -> None:
        """Raise NotFoundError unless the asker may look at the project."""
        with self._database.read() as session:
            get_project(session, asker, project_id)

    def of_project(self, asker: Asker, project_id: str, accepted_only: bool) -> ProjectToExport:
        """The volumes of a project, all or those that were accepted, with their current masks.

        Raises NotFoundError.
        """
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            answers = volume_answers(session, project.volumes)
            chosen = [each for each in answers if not accepted_only or each.state is VolumeState.ACCEPTED]
            ids = [each.mask_id for each in chosen if each.mask_id]
            rows = session.scalars(select(MaskRow).where(MaskRow.id.in_(ids)))
            masks = {row.volume_id: mask_answer(session, row) for row in rows}
            labels = [label_answer(label) for label in project.labels]
        return ProjectToExport(
            project.name, [VolumeToExport(each, masks.get(each.id)) for each in chosen], labels
        )

    def make_current(self, asker: Asker, mask_id: str) -> MaskAnswer:
        """Make this the mask that its volume has now: on the page, in exports, in lists, in numbers.

        It stays so until another one is made current, or a run ends.

        Raises:
            NotFoundError: there is no such mask.
            ConflictError: it is a draft, which its run's own mask replaces.
        """
        with self._database.write() as session:
            mask = get_mask(session, asker, mask_id)
            if mask.draft:
                raise ConflictError("A draft is not a run's result. Choose the mask of a run that is done.")
            mask.made_current_at, mask.made_current_by = utc_now(), asker.id
            session.flush()
            return mask_answer(session, mask)

    def compressed_voxels(self, asker: Asker, mask_id: str) -> tuple[Path, str]:
        """File with the gzip of the uint8 label values, X fastest, and a tag of its content."""
        with self._database.read() as session:
            key = get_mask(session, asker, mask_id).blob
        return self._blobs.verified_path(key), key

    def compressed_confidence(self, asker: Asker, mask_id: str) -> tuple[Path, str]:
        """File with the gzip of the uint8 confidence, 255 is certain, X fastest, and a tag of its content.

        Raises NotFoundError when the mask came without one.
        """
        with self._database.read() as session:
            key = _confidence_key(get_mask(session, asker, mask_id))
        return self._blobs.verified_path(key), key

    def for_export(self, asker: Asker, mask_id: str, temporary_folder: Path) -> ExportedMask:
        """The mask as exports take it, without labels that were deleted; its arrays are not loaded yet."""
        with self._database.read() as session:
            mask = get_mask(session, asker, mask_id)
            volume_row = session.get_one(VolumeRow, mask.volume_id)
            labels, answer = current_labels(session, mask), mask_answer(session, mask)
            run = session.get_one(RunRow, mask.run_id)
            rows = annotations_of_run(session, run)
            provenance = provenance_answer(session, mask.volume_id, rows, mask.id)
            has_reference = bool(references_of(session, [mask.volume_id]))
        deleted = {label["value"] for label in mask.labels} - {label["value"] for label in labels}
        x, y, z = mask.shape
        return ExportedMask(
            volume=load_volume_row(volume_row, self._blobs),
            labels=labels,
            answer=answer,
            plane=Plane(run.plane),
            reviewed=sorted(map(int, run.annotation_versions)),
            load_label_map=lambda: _without(arrays.load_mask(self._blobs, mask.blob, (x, y, z)), deleted),
            load_confidence=lambda: arrays.load_mask(self._blobs, _confidence_key(mask), (x, y, z)),
            provenance=provenance,
            load_scores=lambda: self.scores.of_mask(asker, mask_id) if has_reference else None,
            load_headers=lambda: load_headers(volume_row, self._blobs),
            temporary_folder=temporary_folder,
        )


def _without(label_map: np.ndarray, values: set[int]) -> np.ndarray:
    """A (X, Y, Z) uint8 label map with these values as background; itself where there are none."""
    if not values:
        return label_map
    kept = np.arange(256, dtype=np.uint8)
    kept[list(values)] = 0
    return kept[label_map]


def _confidence_key(mask: MaskRow) -> str:
    if mask.confidence_blob is None:
        raise NotFoundError(
            "This mask has no confidence map: it was made without painted slices on this volume, or by an "
            "earlier version. Paint a slice and propagate again."
        )
    return mask.confidence_blob
