"""Importing a label map from outside as painted slices; this process parses no image."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from sqlalchemy.orm import Session

from backend.errors import ConflictError
from backend.queries.access import get_volume
from backend.queries.annotations import find_version
from backend.queries.answers import annotation_answer, label_answer
from backend.records.volumes import source_grid
from backend.schemas.answers import AnnotationAnswer, ImportAnswer
from backend.schemas.enums import SliceState
from backend.services.label_files import split_label_files
from backend.services.labels import add_label
from backend.services.painted_slices import PackedSlice, stored_label_map
from backend.services.planes import parse_plane
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.errors import AnnotationError
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
        self, owner: str, volume_id: str, files: list[Path], plane: str | None = None
    ) -> ImportAnswer:
        """Paint slices from a label map file (and perhaps a JSON of names) on the volume's grid.

        The file is parsed once, in a confined process; what is stored is the array that process wrote.
        Codes become the project's labels of the same code; new ones are made as needed. Slices that
        were painted before get a new version; older versions stay. Slices are compressed before the
        transaction that stores them, so others can save meanwhile.

        Raises:
            ConflictError: the project's labels were changed meanwhile.
            UserError: the files cannot be used; nothing is kept.
        """
        with self._database.read() as session:
            row = get_volume(session, owner, volume_id)
        chosen = parse_plane(plane) if plane else Plane(row.plane)
        image, names = split_label_files(files)
        with tempfile.TemporaryFile(dir=image.parent) as file:
            with self._read(image, source_grid(row), chosen) as painted:
                codes = painted.codes()
                if not codes:
                    raise AnnotationError(
                        "The label map holds no label: every voxel is 0. Choose another file."
                    )
                expected = self._values_to_be(owner, volume_id, codes, names)
                packed = _packed_into(file, painted, expected)
            with self._database.write() as session:
                volume = get_volume(session, owner, volume_id)
                values, created = _values_of_codes(session, volume, codes, names)
                if values != expected:
                    raise ConflictError(
                        "The project's labels were changed while the label map was read. Import it again."
                    )
                saved = _save_packed(session, volume, chosen, packed, owner)
                return ImportAnswer(
                    plane=chosen,
                    slices=[annotation.slice_index for annotation in saved],
                    annotations=saved,
                    labels=[label_answer(label) for label in created],
                )

    def _values_to_be(
        self, owner: str, volume_id: str, codes: tuple[int, ...], names: Mapping[int, str]
    ) -> dict[int, int]:
        """Label value for each code as they will be once the labels are made; nothing is made here."""
        with self._database.write() as session:
            values, _ = _values_of_codes(session, get_volume(session, owner, volume_id), codes, names)
            session.rollback()
        return values


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


def _values_of_codes(
    session: Session, volume: VolumeRow, codes: tuple[int, ...], names: Mapping[int, str]
) -> tuple[dict[int, int], list[LabelRow]]:
    """Label value for each code, and the labels that had to be made."""
    project = session.get_one(ProjectRow, volume.project_id)
    values = {label.code: label.value for label in project.labels}
    created = []
    for code in codes:
        if code not in values:
            label = add_label(session, project, names.get(code) or f"label {code}", code=code)
            values[code] = label.value
            created.append(label)
    return values, created
