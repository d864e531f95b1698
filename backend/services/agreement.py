"""How far the readings of a scan agree, pair by pair; computed once for each pair, then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError
from backend.exports.agreement import agreement_table, slice_table
from backend.exports.base import ExportFile, nifti_bytes
from backend.exports.file_names import safe_stem
from backend.exports.nifti import with_codes
from backend.queries.access import get_volume
from backend.queries.answers import label_answer
from backend.queries.projects import labels_of
from backend.queries.raters import Rater, rater_labels, raters_of
from backend.queries.readings import first_moment, read_volume_id, readings_of
from backend.records.label_maps import LabelMapParts
from backend.records.scores import mean_agreement, rounded_tolerance_mm, score_agreement, score_labels
from backend.records.volumes import load_volume_row, pictures_of
from backend.schemas.readings import (
    AgreementAnswer,
    DifferingSliceAnswer,
    LabelAgreementAnswer,
    PairAnswer,
)
from backend.schemas.references import DEFAULT_TOLERANCE_MM
from fewshot_sam.data.planes import Plane
from fewshot_sam.evaluation.agreement import differing_slices
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import VolumeRow
from storage.readings import AgreementRow


class Agreements:
    """Compares readings that are revealed. Computing takes seconds, and a label map of memory for each."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def of(self, asker: Asker, volume_id: str, tolerance_mm: float = DEFAULT_TOLERANCE_MM) -> AgreementAnswer:
        """How far the readings of a scan agree, by the id of the volume that is read or of one of them.

        Raises:
            NotFoundError: there is no such volume.
            ConflictError: there are no two readings that everybody may see.
        """
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            raters = raters_of(session, volume)
            of_id = read_volume_id(session, volume)
            plane = _plane(session, of_id, volume)
        if len(raters) < 2:
            raise ConflictError(
                "There are no two readings of this scan to compare. They are compared once all "
                "of them are finished."
            )
        rows = list(self._rows(raters, plane))
        with self._database.read() as session:
            known = {
                label.value: label_answer(label).model_dump(exclude={"id", "term"})
                for label in labels_of(session, volume.project_id)
            }
        return AgreementAnswer(
            of_id=of_id,
            plane=plane,
            tolerance_mm=rounded_tolerance_mm(tolerance_mm),
            pairs=[_pair(first, second, row, known, tolerance_mm) for first, second, row in rows],
        )

    def table(self, asker: Asker, volume_id: str, tolerance_mm: float, by_slice: bool) -> ExportFile:
        """The same as a CSV file, a line for each label of each pair, or for each slice that differs."""
        answer = self.of(asker, volume_id, tolerance_mm)
        with self._database.read() as session:
            name = get_volume(session, asker, volume_id).name
        return slice_table(name, answer) if by_slice else agreement_table(name, answer)

    def voxels(self, asker: Asker, volume_id: str) -> np.ndarray:
        """The (X, Y, Z) uint8 labels of a reading, or of the volume that is read: what was compared of it,
        where it is the first reading, else what it holds now."""
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            before = first_moment(readings_of(session, volume.id))
            parts = LabelMapParts.read(session, volume, before)
        return parts.label_map(self._blobs)

    def nifti(self, asker: Asker, volume_id: str, temporary_folder: Path) -> ExportFile:
        """What a volume holds as labels now, with or without a mask, as a label map of their codes."""
        with self._database.read() as session:
            row = get_volume(session, asker, volume_id)
            parts = LabelMapParts.read(session, row)
            labels = [{"value": each.value, "code": each.code} for each in labels_of(session, row.project_id)]
        volume = load_volume_row(row, self._blobs)
        content = nifti_bytes(with_codes(parts.label_map(self._blobs), labels), volume, temporary_folder)
        return ExportFile(f"{safe_stem(row.name)}-labels.nii.gz", "application/gzip", content)

    def _rows(self, raters: Sequence[Rater], plane: Plane) -> Iterator[tuple[Rater, Rater, AgreementRow]]:
        """Each pair and how it agrees. A rater's labels are made once, and held while pairs of it follow."""
        made: dict[str, np.ndarray] = {}

        def labels(rater: Rater) -> np.ndarray:
            if rater.volume.id not in made:
                made[rater.volume.id] = rater_labels(self._database, self._blobs, rater)
            return made[rater.volume.id]

        for place, first in enumerate(raters):
            for second in raters[place + 1 :]:
                yield first, second, self._row(first, second, plane, labels)
            made.pop(first.volume.id, None)

    def _row(
        self, first: Rater, second: Rater, plane: Plane, labels: Callable[[Rater], np.ndarray]
    ) -> AgreementRow:
        """How a pair agrees, as it is kept; ``labels`` are asked for where it was not compared yet."""
        key = (first.volume.id, second.volume.id)
        with self._database.read() as session:
            kept = session.get(AgreementRow, key)
        if kept is not None and kept.plane == plane.value:
            return kept
        one, other = labels(first), labels(second)
        x, y, z = first.volume.geometry["spacing_mm"]
        values = np.union1d(np.unique(one), np.unique(other)).tolist()
        row = AgreementRow(
            first_id=key[0],
            second_id=key[1],
            plane=plane.value,
            scores=score_labels(one, other, (x, y, z), filter(None, values), None, pictures_of(first.volume)),
            slices=[
                [each.index, each.voxels, list(each.codes)]
                for each in differing_slices(one, other, plane.axis)
            ],
        )
        with self._database.write() as session:
            if all(session.get(VolumeRow, volume_id) for volume_id in key):  # one may be gone by now
                session.merge(row)
        return row


def _plane(session: Session, of_id: str, volume: VolumeRow) -> Plane:
    return Plane((session.get(VolumeRow, of_id) or volume).plane)


def _pair(
    first: Rater,
    second: Rater,
    row: AgreementRow,
    known: dict[int, dict[str, object]],
    tolerance_mm: float,
) -> PairAnswer:
    labels = [
        LabelAgreementAnswer.model_validate(
            {**known[kept["value"]], "values": score_agreement(kept, tolerance_mm)}
        )
        for kept in row.scores
        if kept["value"] in known
    ]
    slices = [
        DifferingSliceAnswer(slice_index=index, voxels=voxels, labels=[v for v in values if v in known])
        for index, voxels, values in row.slices
    ]
    return PairAnswer(
        first_id=first.volume.id,
        first_name=first.name,
        second_id=second.volume.id,
        second_name=second.name,
        labels=labels,
        mean=mean_agreement([label.values for label in labels]),
        differing_voxels=sum(each.voxels for each in slices),
        slices=slices,
    )
