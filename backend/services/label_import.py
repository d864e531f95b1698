"""Importing a label map from outside as painted slices; this process parses no image."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import BusyError, ConflictError
from backend.queries.access import get_volume
from backend.queries.answers import label_answer
from backend.records.origins import Act
from backend.records.volumes import pictures_of, source_grid
from backend.schemas.answers import ImportAnswer
from backend.schemas.enums import ErrorCode
from backend.services.deidentify import Deidentifier
from backend.services.imported_origins import ImportedOrigins
from backend.services.label_reading import asking_how_to_read
from backend.services.name_answers import NameChoices
from backend.services.name_choices import CodeLabels, labels_of_codes
from backend.services.paint_choices import ImportPlan, LockedLabels, PaintAnswer, SliceImport
from backend.services.painted_slices import PackedSlice, SlicesOnDisk
from backend.services.planes import parse_plane
from backend.services.sidecars import read_sidecar, sidecar_in, split_sidecar
from fewshot_sam.data.label_reading import AS_IT_IS, LabelReading
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.errors import AnnotationError, PlaneChoiceError
from fewshot_sam.io.label_names.beside import split_label_files
from fewshot_sam.io.sandbox.limits import no_check
from fewshot_sam.io.sandbox.reading import LabelSlices
from storage.database import Database
from storage.models import ProjectRow, VolumeRow, utc_now

MAX_TRIES = 5
"""How often slices are computed anew that others changed meanwhile."""


class LabelImport:
    """Paints slices from a label map file.

    Args:
        read: opens the painted slices in a label map from outside
            (:meth:`backend.services.readers.Readers.label_slices`).
        deidentifier: says where no names from files are kept.
    """

    def __init__(
        self,
        database: Database,
        read: Callable[..., AbstractContextManager[LabelSlices]],
        deidentifier: Deidentifier,
    ) -> None:
        self._database = database
        self._read = read
        self._deidentifier = deidentifier

    def import_label_map(
        self,
        asker: Asker,
        volume_id: str,
        files: list[Path],
        plane: str | None = None,
        names: str | None = None,
        paint: str | None = None,
        paint_tag: str | None = None,
        locked: str | None = None,
        how: LabelReading = AS_IT_IS,
        by_name: bool = False,
        check: Callable[[], None] = no_check,
    ) -> ImportAnswer:
        """Paint slices from a label map file (and perhaps names, and provenance) on the volume's grid.

        The files are parsed once, in a confined process, and slices computed before the transaction that
        stores them. Codes become the project's labels of the same code; new ones are made as needed. Slices
        that were painted before get a new version, if ``paint`` says so.

        Args:
            plane: whose slices are taken; None for the one that was painted.
            names: which one counts, see :meth:`backend.services.name_answers.NameChoices.parsed`.
            paint: what becomes of slices that are painted or reviewed, a :class:`PaintChoice`.
            paint_tag: of the question that ``paint`` answers.
            locked: values of labels with commas between: no cell gets one of them or loses it.
            how: what is done with one of another grid, and with segments that overlap.
            by_name: names say which labels are meant; codes were only counted.
            check: called now and then; what it raises ends the import, of which nothing is kept.

        Raises:
            ConflictError: the project's labels were changed meanwhile; "plane_choice", "label_choice",
                "paint_choice", "grid_choice" or "overlap_choice" in its details: that has to be said.
            BusyError: others changed the slices each time that they were computed.
            UserError: the files cannot be used; nothing is kept.
        """
        with self._database.read() as session:
            row = get_volume(session, asker, volume_id)
        asked, choices = parse_plane(plane) if plane else None, NameChoices.parsed(names)
        answered, kept = PaintAnswer.parsed(paint, paint_tag), LockedLabels.parsed(locked)
        with tempfile.TemporaryFile(dir=files[0].parent) as file:
            with self._opened(files, row, asked, how, by_name, check) as painted:
                expected = self._values_to_be(asker, volume_id, painted, choices)
                packed = _packed_into(file, painted, expected, check)
            origins = self._origins(asker, row, files, painted, expected)
            plan = ImportPlan(painted.plane, answered, kept, packed, origins)
            with self._planned(asker, volume_id, plan, check) as slices:
                answer = _store(slices, painted, expected, choices)
                check()
            return answer

    @contextmanager
    def _opened(
        self,
        files: list[Path],
        volume: VolumeRow,
        asked: Plane | None,
        how: LabelReading,
        by_name: bool,
        check: Callable[[], None],
    ) -> Iterator[LabelSlices]:
        """The painted slices in the files."""
        images, _ = split_sidecar(files)
        grid, pictures = source_grid(volume), pictures_of(volume)
        read = self._read(images, grid, asked, Plane(volume.plane), check, pictures, how)
        with _asking_for_the_plane(), asking_how_to_read(), read as painted:
            yield replace(painted, by_name=painted.by_name or by_name)

    def _origins(
        self,
        asker: Asker,
        volume: VolumeRow,
        files: list[Path],
        painted: LabelSlices,
        values: Mapping[int, int],
    ) -> ImportedOrigins:
        """What is noted of the label map's labels; names only where the project keeps such."""
        act = Act(asker.id, utc_now())
        if self._deidentifier.applies_to(volume.project_id):
            return ImportedOrigins(act, "", painted.resampled)
        others, sidecar = split_sidecar(files)
        told = None
        if not (painted.by_name or painted.resampled):  # provenance tells of codes, and of slices
            told = read_sidecar(sidecar) if sidecar else sidecar_in(painted.provenance)
        said = told.said(painted.plane, painted.indices, values) if told else {}
        return ImportedOrigins(act, split_label_files(others)[0][0].name, painted.resampled, said)

    @contextmanager
    def _planned(
        self, asker: Asker, volume_id: str, plan: ImportPlan, check: Callable[[], None]
    ) -> Iterator[SliceImport]:
        """A writing session in which the slices are as they were when the plan was computed."""
        for _ in range(MAX_TRIES):
            plan.compute(self._database, asker, volume_id, check)
            with self._database.write() as session:
                slices = SliceImport(session, get_volume(session, asker, volume_id), asker.id, plan)
                if slices.fits():
                    yield slices
                    return
        raise BusyError("Others change these slices at this moment. Nothing was imported; try again.")

    def _values_to_be(
        self, asker: Asker, volume_id: str, painted: LabelSlices, choices: NameChoices
    ) -> dict[int, int]:
        """Label value for each code as they will be once the labels are made; nothing is made here."""
        codes = painted.codes()
        if not codes:
            raise AnnotationError("The label map holds no label: every voxel is 0. Choose another file.")
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            project = session.get_one(ProjectRow, volume.project_id)
            values = labels_of_codes(session, project, codes, painted.names, choices, painted.by_name).values
            session.rollback()
        return values


def _store(
    slices: SliceImport,
    painted: LabelSlices,
    expected: Mapping[int, int],
    choices: NameChoices,
) -> ImportAnswer:
    """Make labels and save slices, whose label values are as ``expected`` by code."""
    session = slices.session
    project = session.get_one(ProjectRow, slices.volume.project_id)
    labels = labels_of_codes(session, project, sorted(expected), painted.names, choices, painted.by_name)
    if labels.values != expected:
        raise ConflictError(
            "The project's labels were changed while the label map was read. Import it again."
        )
    slices.save()
    _forget_unused(session, labels, slices.used_values())
    return _answer(painted, slices, labels)


def _answer(painted: LabelSlices, slices: SliceImport, labels: CodeLabels) -> ImportAnswer:
    changed = [*labels.made, *(label for label, _ in labels.renamed)]
    notes = [painted.notes, *labels.notes, slices.plan.note(slices.session, slices.volume.project_id)]
    return ImportAnswer(
        plane=painted.plane,
        slices=[annotation.slice_index for annotation in slices.saved],
        annotations=slices.saved,
        changes=slices.changes,
        labels=[label_answer(label) for label in changed],
        renamed=[before for _, before in labels.renamed],
        notes=" ".join(filter(None, notes)),
    )


def _forget_unused(session: Session, labels: CodeLabels, used: set[int]) -> None:
    """Delete labels that were made for slices which were not taken."""
    for label in [label for label in labels.made if label.value not in used]:
        labels.made.remove(label)
        session.delete(label)


@contextmanager
def _asking_for_the_plane() -> Iterator[None]:
    try:
        yield
    except PlaneChoiceError as error:
        planes = [asdict(choice) for choice in error.choices]
        raise ConflictError(str(error), code=ErrorCode.PLANE_CHOICE, planes=planes) from error


def _packed_into(
    file: BinaryIO, painted: LabelSlices, values: Mapping[int, int], check: Callable[[], None]
) -> SlicesOnDisk:
    """The slices of a label map packed, with label values in place of codes."""
    lookup = np.zeros(max(values) + 1, np.uint8)
    for code, value in values.items():
        lookup[code] = value
    packed = SlicesOnDisk(file)
    for index, codes in painted:
        check()
        packed.add(PackedSlice.of(index, to_display(lookup[codes])))
    return packed
