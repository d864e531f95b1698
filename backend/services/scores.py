"""How masks score against the references of their volumes; computed once for each pair, then kept."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import DamagedDataError
from backend.queries.access import get_mask, get_project
from backend.queries.answers import label_answer
from backend.queries.masks import current_labels, newest_masks
from backend.queries.projects import labels_of
from backend.queries.references import kept_scores, reference_of, references_of
from backend.records.scores import mean_values, rounded_tolerance_mm, score_labels, score_values
from backend.records.volumes import pictures_of
from backend.schemas.references import DEFAULT_TOLERANCE_MM, LabelScores, ScoresAnswer
from fewshot_sam.data.planes import Plane
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, RunRow, VolumeRow
from storage.references import ReferenceRow, ReferenceScoreRow

logger = logging.getLogger(__name__)
MAX_PROJECT_S = 60.0
"""How long a project's table may take to score masks that never were; of the rest it says so."""


@dataclass(frozen=True)
class ScoredVolume:
    """A volume with a reference, in a project's table.

    Attributes:
        scores: None where it has no mask, or time was up before it was scored, or it cannot be read.
        unreadable: its mask or its reference is damaged on the server's disk.
    """

    id: str
    name: str
    has_mask: bool
    scores: ScoresAnswer | None
    unreadable: bool = False


class ReferenceScores:
    """Scores masks. Computing takes seconds and two label maps of memory: call it where exports are made."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def of_mask(
        self,
        asker: Asker,
        mask_id: str,
        tolerance_mm: float = DEFAULT_TOLERANCE_MM,
        leave_out: bool = False,
    ) -> ScoresAnswer:
        """How a mask scores.

        Args:
            leave_out: without the slices that its run started from.

        Raises:
            NotFoundError: there is no such mask, or its volume has no reference.
        """
        with self._database.read() as session:
            mask = get_mask(session, asker, mask_id)
            volume = session.get_one(VolumeRow, mask.volume_id)
            reference = reference_of(session, volume)
            run = session.get_one(RunRow, mask.run_id)
            row = kept_scores(session, reference.id, mask.id, leave_out)
        if row is None:
            row = self._computed(mask, reference, volume, run, leave_out)
        with self._database.read() as session:
            return _answer(session, row, mask, reference, run, tolerance_mm)

    def of_project(self, asker: Asker, project_id: str) -> tuple[str, list[ScoredVolume]]:
        """The project's name, and the newest masks of all volumes with a reference, the worst first."""
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            name, volumes = project.name, project.volumes
            ids = [volume.id for volume in volumes]
            references, masks = references_of(session, ids), newest_masks(session, ids)
        ends, found = time.monotonic() + MAX_PROJECT_S, []
        for volume in volumes:
            if volume.id not in references:
                continue
            mask = masks.get(volume.id)
            scores, unreadable = None, False
            if mask is not None and time.monotonic() < ends:
                try:
                    scores = self.of_mask(asker, mask.id)
                except (DamagedDataError, OSError, ValueError, EOFError):
                    logger.warning("the mask %s or its reference could not be read", mask.id, exc_info=True)
                    unreadable = True
            found.append(ScoredVolume(volume.id, volume.name, mask is not None, scores, unreadable))
        return name, sorted(found, key=_worst_first)

    def _computed(
        self, mask: MaskRow, reference: ReferenceRow, volume: VolumeRow, run: RunRow, leave_out: bool
    ) -> ReferenceScoreRow:
        x, y, z = mask.shape
        shape = (x, y, z)
        label_map, drawn = (arrays.load_mask(self._blobs, key, shape) for key in (mask.blob, reference.blob))
        values = sorted({label["value"] for row in (mask, reference) for label in row.labels})
        spacing_x, spacing_y, spacing_z = volume.geometry["spacing_mm"]
        counted = _counted(run, shape) if leave_out else None
        spacing_mm, pictures = (spacing_x, spacing_y, spacing_z), pictures_of(volume)
        scores = score_labels(label_map, drawn, spacing_mm, values, counted, pictures)
        row = ReferenceScoreRow(
            reference_id=reference.id, mask_id=mask.id, leave_out=leave_out, scores=scores
        )
        with self._database.write() as session:
            # One of the two may be gone by now, or somebody else may have asked for the same.
            if session.get(MaskRow, mask.id) and session.get(ReferenceRow, reference.id):
                session.merge(row)
        return row


def _counted(run: RunRow, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Bool, broadcastable to (X, Y, Z), False on slices that a run started from; None where it had none."""
    started_from = [int(index) for index in run.annotation_versions]
    if not started_from:
        return None
    axis = Plane(run.plane).axis
    counted = np.ones(shape[axis], bool)
    counted[started_from] = False
    return counted.reshape(tuple(-1 if each == axis else 1 for each in range(3)))


def _answer(
    session: Session,
    row: ReferenceScoreRow,
    mask: MaskRow,
    reference: ReferenceRow,
    run: RunRow,
    tolerance_mm: float,
) -> ScoresAnswer:
    kept = {each["value"]: each for each in row.scores}
    project_id = session.get_one(VolumeRow, mask.volume_id).project_id
    # Those of the project too: what the run did not know is in the reference all the same.
    known = {label.value: label_answer(label).model_dump() for label in labels_of(session, project_id)}
    known |= {label["value"]: label for label in current_labels(session, mask)}
    labels = [
        LabelScores(
            **{name: known[value][name] for name in ("value", "code", "name", "color")},
            scores=score_values(kept[value], tolerance_mm),
        )
        for value in sorted(kept.keys() & known.keys())
    ]
    return ScoresAnswer(
        mask_id=mask.id,
        reference_id=reference.id,
        tolerance_mm=rounded_tolerance_mm(tolerance_mm),
        left_out=sorted(map(int, run.annotation_versions)) if row.leave_out else [],
        labels=labels,
        mean=mean_values([label.scores for label in labels]),
    )


def _worst_first(volume: ScoredVolume) -> tuple[bool, float]:
    dice = volume.scores.mean.dice if volume.scores else None
    return dice is None, 0.0 if dice is None else dice
