"""Importing a label map from outside as painted slices; this process parses no image."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError
from backend.queries.access import get_volume
from backend.queries.annotations import find_version
from backend.queries.answers import annotation_answer, label_answer
from backend.records.volumes import source_grid
from backend.schemas.answers import AnnotationAnswer, ImportAnswer
from backend.schemas.enums import ErrorCode, SliceState
from backend.services.name_choices import NameChoices, values_of_codes
from backend.services.painted_slices import PackedSlice, stored_label_map
from backend.services.planes import parse_plane
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.errors import AnnotationError, PlaneChoiceError
from fewshot_sam.io.sandbox.reading import LabelSlices
from storage import arrays
from storage.database import Database
from storage.models import AnnotationRow, LabelRow, ProjectRow, VolumeRow


class LabelImport:
    """Paints slices from a label map file.

    Args:
        read: opens the painted slices in a label map from outside
            (:meth:`backend.services.readers.Readers.label_slices`).
    """

    def __init__(self, database: Database, read: Callable[..., AbstractContextManager[LabelSlices]]) -> None:
        self._database = database
        self._read = read

    def import_label_map(
        self,
        asker: Asker,
        volume_id: str,
        files: list[Path],
        plane: str | None = None,
        names: str | None = None,
    ) -> ImportAnswer:
        """Paint slices from a label map file (and perhaps files of names) on the volume's grid.

        The files are parsed once, in a confined process; what is stored is the array that process wrote.
        Codes become the project's labels of the same code; new ones are made as needed. Slices that
        were painted before get a new version; older versions stay. Slices are compressed before the
        transaction that stores them, so others can save meanwhile.

        Args:
            plane: whose slices are taken; None for the one that was painted.
            names: which name counts where a code has another one in the project, see
                :meth:`backend.services.name_choices.NameChoices.parsed`.

        Raises:
            ConflictError: the project's labels were changed meanwhile; "plane_choice" or "label_choice" in
                its details: ``plane`` or ``names`` has to be said.
            UserError: the files cannot be used; nothing is kept.
        """
        with self._database.read() as session:
            row = get_volume(session, asker, volume_id)
        asked, choices = parse_plane(plane) if plane else None, NameChoices.parsed(names)
        with tempfile.TemporaryFile(dir=files[0].parent) as file:
            with (
                _asking_for_the_plane(),
                self._read(files, source_grid(row), asked, Plane(row.plane)) as painted,
            ):
                codes = painted.codes()
                if not codes:
                    raise AnnotationError(
                        "The label map holds no label: every voxel is 0. Choose another file."
                    )
                expected = self._values_to_be(asker, volume_id, codes, painted.names, choices)
                packed = _packed_into(file, painted, expected)
            with self._database.write() as session:
                volume = get_volume(session, asker, volume_id)
                project = session.get_one(ProjectRow, volume.project_id)
                values, changed = values_of_codes(session, project, codes, painted.names, choices)
                if values != expected:
                    raise ConflictError(
                        "The project's labels were changed while the label map was read. Import it again."
                    )
                saved = _save_packed(session, volume, painted.plane, packed, asker.id)
                return _answer(painted, saved, changed)

    def _values_to_be(
        self,
        asker: Asker,
        volume_id: str,
        codes: tuple[int, ...],
        names: Mapping[int, LabelName],
        choices: NameChoices,
    ) -> dict[int, int]:
        """Label value for each code as they will be once the labels are made; nothing is made here."""
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            project = session.get_one(ProjectRow, volume.project_id)
            values, _ = values_of_codes(session, project, codes, names, choices)
            session.rollback()
        return values


def _answer(painted: LabelSlices, saved: list[AnnotationAnswer], changed: list[LabelRow]) -> ImportAnswer:
    return ImportAnswer(
        plane=painted.plane,
        slices=[annotation.slice_index for annotation in saved],
        annotations=saved,
        labels=[label_answer(label) for label in changed],
        notes=painted.notes,
    )


@contextmanager
def _asking_for_the_plane() -> Iterator[None]:
    try:
        yield
    except PlaneChoiceError as error:
        planes = [asdict(choice) for choice in error.choices]
        raise ConflictError(str(error), code=ErrorCode.PLANE_CHOICE, planes=planes) from error


def _packed_into(file: BinaryIO, painted: LabelSlices, values: Mapping[int, int]) -> Iterator[PackedSlice]:
    """The slices of a label map packed, by way of ``file``: together they may be larger than memory."""
    lookup = np.zeros(max(values) + 1, np.uint8)
    for code, value in values.items():
        lookup[code] = value
    packed: list[tuple[PackedSlice, int]] = []
    for index, codes in painted:
        whole = PackedSlice.of(index, to_display(lookup[codes]))
        file.write(whole.data)
        packed.append((replace(whole, data=b""), len(whole.data)))
    file.seek(0)
    return (replace(empty, data=file.read(length)) for empty, length in packed)


def _save_packed(
    session: Session, volume: VolumeRow, plane: Plane, packed: Iterable[PackedSlice], author: str
) -> list[AnnotationAnswer]:
    return [_save_imported(session, volume, plane, painted, author) for painted in packed]


def _save_imported(
    session: Session, volume: VolumeRow, plane: Plane, painted: PackedSlice, author: str
) -> AnnotationAnswer:
    current = find_version(session, volume, plane, painted.index)
    if current is not None and current.state == SliceState.PAINTED and _same_paint(current, painted):
        return annotation_answer(current)
    version = 1 if current is None else current.version + 1
    row = painted.new_row(volume, plane, version, SliceState.PAINTED, author)
    session.add(row)
    session.flush()
    return annotation_answer(row)


def _same_paint(current: AnnotationRow, painted: PackedSlice) -> bool:
    if current.data == painted.data:
        return True
    return current.values == painted.values and np.array_equal(
        stored_label_map(current),
        arrays.unpack_slice(painted.data, painted.rows, painted.columns),
    )
