"""References: label maps that masks are held against. This process parses no image.

A reference has a place of its own: nothing that paints, fits or exports labels reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.blobs import require_blob, stored_again
from backend.errors import ConflictError
from backend.queries.access import get_volume
from backend.queries.answers import label_answer
from backend.queries.projects import labels_of
from backend.queries.references import reference_of
from backend.records.labels import mask_labels
from backend.records.volumes import pictures_of, shape_of, source_grid
from backend.schemas.references import ImportedReferenceAnswer, ReferenceAnswer, ReferenceLabel
from backend.services.housekeeping import Housekeeping
from backend.services.label_reading import asking_how_to_read
from backend.services.name_answers import NameChoices
from backend.services.name_choices import CodeLabels, labels_of_codes
from fewshot_sam.data.label_reading import AS_IT_IS, LabelReading
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError
from fewshot_sam.io.sandbox.limits import no_check
from fewshot_sam.io.sandbox.reading import LabelSlices
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import ProjectRow, VolumeRow
from storage.references import ReferenceRow


class References:
    """Imports references and reads them.

    Args:
        read: opens the slices of a label map from outside that hold a label
            (:meth:`backend.services.readers.Readers.label_slices`).
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        housekeeping: Housekeeping,
        read: Callable[..., AbstractContextManager[LabelSlices]],
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._housekeeping = housekeeping
        self._read = read

    def import_reference(
        self,
        asker: Asker,
        volume_id: str,
        files: list[Path],
        names: str | None = None,
        how: LabelReading = AS_IT_IS,
        check: Callable[[], None] = no_check,
    ) -> ImportedReferenceAnswer:
        """Take a label map on the volume's grid as its reference, in the place of the one it had.

        Args:
            files: the label map, and perhaps files with its labels' names; neither they nor their names
                are kept.
            names: which name counts where a code has another one in the project, see
                :meth:`backend.services.name_answers.NameChoices.parsed`.
            how: what is done with one of another grid, and with segments that overlap.
            check: called now and then; what it raises ends the import, of which nothing is kept.

        Raises:
            ConflictError: "label_choice", "grid_choice" or "overlap_choice" in its details: ``names``,
                or ``how`` has to be said; or the project's labels were changed meanwhile.
            UserError: the files cannot be used; nothing is kept.
        """
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
        choices, plane = NameChoices.parsed(names), Plane(volume.plane)
        read = self._read(files, source_grid(volume), plane, plane, check, pictures_of(volume), how)
        with asking_how_to_read(), read as drawn:
            codes = drawn.codes()
            if not codes:
                raise AnnotationError("The label map holds no label: every voxel is 0. Choose another file.")
            with self._database.write() as session:  # asked before the voxels are written; nothing is made
                values = self._labels(session, asker, volume_id, drawn, codes, choices).values
                session.rollback()
            label_map = _label_map(drawn, shape_of(volume), values, check)

            def store() -> ImportedReferenceAnswer:
                return self._store(asker, volume_id, drawn, label_map, values, choices)

            return stored_again(store)

    def _store(
        self,
        asker: Asker,
        volume_id: str,
        drawn: LabelSlices,
        label_map: np.ndarray,
        values: Mapping[int, int],
        choices: NameChoices,
    ) -> ImportedReferenceAnswer:
        """Make labels and the row; label values by code must be as when ``label_map`` was made."""
        key = arrays.put_mask(self._blobs, label_map)
        with self._housekeeping.deleting() as session:
            require_blob(self._blobs, key)
            labels = self._labels(session, asker, volume_id, drawn, tuple(values), choices)
            if labels.values != values:
                raise ConflictError(
                    "The project's labels were changed while the label map was read. Import it again."
                )
            row = _stored(session, get_volume(session, asker, volume_id), label_map, labels, key)
            notes = " ".join(filter(None, [drawn.notes, *labels.notes]))
            return ImportedReferenceAnswer(**_answer(session, row).model_dump(), notes=notes)

    def get(self, asker: Asker, volume_id: str) -> ReferenceAnswer:
        """The volume's reference. Raises NotFoundError."""
        with self._database.read() as session:
            return _answer(session, reference_of(session, get_volume(session, asker, volume_id)))

    def compressed_voxels(self, asker: Asker, volume_id: str) -> tuple[Path, str]:
        """File with the gzip of the uint8 label values, X fastest, and a tag of its content."""
        with self._database.read() as session:
            key = reference_of(session, get_volume(session, asker, volume_id)).blob
        return self._blobs.verified_path(key), key

    def delete(self, asker: Asker, volume_id: str) -> None:
        """Forget the volume's reference, and every score against it."""
        with self._housekeeping.deleting() as session:
            session.delete(reference_of(session, get_volume(session, asker, volume_id)))

    def _labels(
        self,
        session: Session,
        asker: Asker,
        volume_id: str,
        drawn: LabelSlices,
        codes: tuple[int, ...],
        choices: NameChoices,
    ) -> CodeLabels:
        volume = get_volume(session, asker, volume_id)
        project = session.get_one(ProjectRow, volume.project_id)
        return labels_of_codes(session, project, codes, drawn.names, choices, drawn.by_name)


def _label_map(
    drawn: LabelSlices, shape: tuple[int, int, int], values: Mapping[int, int], check: Callable[[], None]
) -> np.ndarray:
    """The canonical (X, Y, Z) uint8 label values, Fortran order."""
    lookup = np.zeros(max(values) + 1, np.uint8)
    for code, value in values.items():
        lookup[code] = value
    label_map = np.zeros(shape, np.uint8, order="F")
    slices = np.moveaxis(label_map, drawn.plane.axis, 0)
    for index, codes in drawn:
        check()
        slices[index] = lookup[codes]
    return label_map


def _stored(
    session: Session, volume: VolumeRow, label_map: np.ndarray, labels: CodeLabels, key: str
) -> ReferenceRow:
    known = {label.value: label_answer(label).model_dump() for label in labels_of(session, volume.project_id)}
    held = [known[value] for value in sorted(set(labels.values.values()))]
    voxel_ml = float(np.prod(volume.geometry["spacing_mm"])) / 1000.0
    session.execute(delete(ReferenceRow).where(ReferenceRow.volume_id == volume.id))
    row = ReferenceRow(volume_id=volume.id, labels=mask_labels(label_map, held, voxel_ml), blob=key)
    session.add(row)
    session.flush()
    return row


def _answer(session: Session, row: ReferenceRow) -> ReferenceAnswer:
    volume = session.get_one(VolumeRow, row.volume_id)
    now = {label.value: label for label in labels_of(session, volume.project_id)}
    labels = [
        ReferenceLabel(
            value=each["value"],
            code=now[each["value"]].code,
            name=now[each["value"]].name,
            color=now[each["value"]].color,
            voxels=each["voxels"],
            volume_ml=each["volume_ml"],
        )
        for each in row.labels
        if each["value"] in now
    ]
    return ReferenceAnswer(id=row.id, volume_id=row.volume_id, labels=labels, created_at=row.created_at)
