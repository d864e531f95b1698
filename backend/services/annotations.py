"""Painted slices: saved version by version, never changed in place, never touched by predictions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError, NotFoundError, UnknownLabelError
from backend.services.access import get_volume
from backend.services.label_files import split_label_files
from backend.services.labels import add_label
from backend.services.summaries import MAX_LISTED, iso, label_json, latest_annotations
from backend.services.volume_rows import display_shape, source_grid
from backend.services.volumes import parse_plane, require_slice
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.errors import AnnotationError
from fewshot_sam.io.sandbox.reading import LabelSlices
from storage import arrays
from storage.database import Database
from storage.models import AnnotationRow, LabelRow, ProjectRow, VolumeRow

STATES = ("painted", "empty", "cleared")


class Annotations:
    """Save, read and import painted slices.

    Args:
        read: opens the painted slices in a label map from outside
            (:meth:`backend.services.readers.Readers.label_slices`).
    """

    def __init__(self, database: Database, read: Callable[..., AbstractContextManager[LabelSlices]]) -> None:
        self._database = database
        self._read = read

    def list_latest(self, owner: str, volume_id: str) -> list[dict[str, Any]]:
        """The latest version of every slice, all planes."""
        with self._database.read() as session:
            get_volume(session, owner, volume_id)
            return [_annotation_json(row) for row in latest_annotations(session, volume_id)]

    def get(
        self, owner: str, volume_id: str, plane: str, slice_index: int, version: int | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """A version (default the latest) of a slice: its description and uint8 bytes as displayed."""
        with self._database.read() as session:
            volume = get_volume(session, owner, volume_id)
            row = _latest(session, volume, parse_plane(plane), slice_index, version)
            if row is None:
                raise NotFoundError(f"Slice {slice_index} has not been painted in the {plane} plane.")
            return _annotation_json(row), arrays.unpack_slice(row.data, row.rows, row.columns).tobytes()

    def versions(self, owner: str, volume_id: str, plane: str, slice_index: int) -> list[dict[str, Any]]:
        """The newest versions of a slice, MAX_LISTED at most, newest first."""
        with self._database.read() as session:
            volume = get_volume(session, owner, volume_id)
            query = _of_slice(volume, parse_plane(plane), slice_index).limit(MAX_LISTED)
            return [_annotation_json(row) for row in session.scalars(query)]

    def save(
        self,
        owner: str,
        volume_id: str,
        plane: str,
        slice_index: int,
        data: bytes,
        state: str,
        base_version: int,
    ) -> dict[str, Any]:
        """Save a slice as the version after ``base_version``; when this returns it is on disk.

        Args:
            data: uint8 label values, display orientation, C order; may be empty unless painted.
            state: "painted", "empty" (looked at, holds nothing) or "cleared" (says nothing).
            base_version: the latest version the writer knows, 0 for none.

        Raises:
            ConflictError: another version was saved meanwhile and differs; details hold "version".
            AnnotationError: the bytes do not fit the slice or hold values that are no labels.
        """
        chosen = parse_plane(plane)
        with self._database.write() as session:
            volume = get_volume(session, owner, volume_id)
            require_slice(volume, chosen, slice_index)
            label_map = _checked_map(session, volume, chosen, data, state)
            current = _latest(session, volume, chosen, slice_index)
            # A writer that painted and then erased everything has nothing to say about the slice.
            state = "cleared" if state == "painted" and not label_map.any() else state
            if current is not None and _says_the_same(current, label_map, state):
                return _annotation_json(current)
            current_version = 0 if current is None else current.version
            if base_version != current_version:
                raise ConflictError(
                    "This slice was changed elsewhere, in another tab or by another person. "
                    "Reload it, or save again to keep this one.",
                    version=current_version,
                )
            packed = _PackedSlice.of(slice_index, label_map)
            row = _new_row(volume, chosen, packed, current_version + 1, state, owner)
            session.add(row)
            session.flush()
            return _annotation_json(row)

    def import_label_map(
        self, owner: str, volume_id: str, files: list[Path], plane: str | None = None
    ) -> dict[str, Any]:
        """Paint slices from a label map file (and perhaps a JSON of names) on the volume's grid.

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
                return {
                    "plane": chosen.value,
                    "slices": [annotation["slice_index"] for annotation in saved],
                    "annotations": saved,
                    "labels": [label_json(label) for label in created],
                }

    def _values_to_be(
        self, owner: str, volume_id: str, codes: tuple[int, ...], names: Mapping[int, str]
    ) -> dict[int, int]:
        """Label value for each code as they will be once the labels are made; nothing is made here."""
        with self._database.write() as session:
            values, _ = _values_of_codes(session, get_volume(session, owner, volume_id), codes, names)
            session.rollback()
        return values


def _of_slice(volume: VolumeRow, plane: Plane, slice_index: int) -> Select[AnnotationRow]:
    return (
        select(AnnotationRow)
        .where(
            AnnotationRow.volume_id == volume.id,
            AnnotationRow.plane == plane.value,
            AnnotationRow.slice_index == slice_index,
        )
        .order_by(AnnotationRow.version.desc())
    )


def _latest(
    session: Session, volume: VolumeRow, plane: Plane, slice_index: int, version: int | None = None
) -> AnnotationRow | None:
    query = _of_slice(volume, plane, slice_index)
    if version is not None:
        query = query.where(AnnotationRow.version == version)
    return session.scalar(query.limit(1))


def _checked_map(session: Session, volume: VolumeRow, plane: Plane, data: bytes, state: str) -> np.ndarray:
    """The bytes as a (rows, columns) array of known label values."""
    if state not in STATES:
        raise InvalidRequestError(f"The state must be painted, empty or cleared, got {state[:20]!r}.")
    rows, columns = display_shape(volume, plane)
    if state != "painted":
        if any(data):
            raise AnnotationError(f"A slice that is {state} must hold no paint. Save it as painted instead.")
        return np.zeros((rows, columns), np.uint8)
    if len(data) != rows * columns:
        raise AnnotationError(
            f"A {plane.value} slice of this volume must be {rows} x {columns} bytes, got {len(data)} bytes."
        )
    label_map = np.frombuffer(data, np.uint8).reshape(rows, columns)
    known = set(session.scalars(select(LabelRow.value).where(LabelRow.project_id == volume.project_id)))
    unknown = sorted(set(np.unique(label_map).tolist()) - known - {0})
    if unknown:
        raise UnknownLabelError(
            f"The slice holds label values that the project does not have: {unknown[:5]}."
        )
    return label_map


def _says_the_same(current: AnnotationRow, label_map: np.ndarray, state: str) -> bool:
    if current.state != state:
        return False
    return np.array_equal(arrays.unpack_slice(current.data, current.rows, current.columns), label_map)


@dataclass(frozen=True)
class _PackedSlice:
    """A painted slice as its row holds it."""

    index: int
    rows: int
    columns: int
    values: list[int]
    data: bytes

    @classmethod
    def of(cls, index: int, label_map: np.ndarray) -> _PackedSlice:
        """Pack a uint8 (rows, columns) label map."""
        rows, columns = label_map.shape
        values = [int(value) for value in np.unique(label_map) if value]
        return cls(index, rows, columns, values, arrays.pack_slice(label_map))


def _new_row(
    volume: VolumeRow, plane: Plane, painted: _PackedSlice, version: int, state: str, author: str
) -> AnnotationRow:
    return AnnotationRow(
        volume_id=volume.id,
        plane=plane.value,
        slice_index=painted.index,
        version=version,
        state=state,
        author=author,
        values=painted.values,
        rows=painted.rows,
        columns=painted.columns,
        data=painted.data,
    )


def _packed_into(file: BinaryIO, painted: LabelSlices, values: Mapping[int, int]) -> Iterator[_PackedSlice]:
    """The slices of a label map packed, by way of ``file``: together they may be larger than memory."""
    lookup = np.zeros(max(values) + 1, np.uint8)
    for code, value in values.items():
        lookup[code] = value
    packed: list[tuple[_PackedSlice, int]] = []
    for index, codes in painted:
        whole = _PackedSlice.of(index, to_display(lookup[codes]))
        file.write(whole.data)
        packed.append((replace(whole, data=b""), len(whole.data)))
    file.seek(0)
    return (replace(empty, data=file.read(length)) for empty, length in packed)


def _save_packed(
    session: Session, volume: VolumeRow, plane: Plane, packed: Iterable[_PackedSlice], author: str
) -> list[dict[str, Any]]:
    return [_save_imported(session, volume, plane, painted, author) for painted in packed]


def _save_imported(
    session: Session, volume: VolumeRow, plane: Plane, painted: _PackedSlice, author: str
) -> dict[str, Any]:
    current = _latest(session, volume, plane, painted.index)
    if current is not None and current.state == "painted" and _same_paint(current, painted):
        return _annotation_json(current)
    version = 1 if current is None else current.version + 1
    row = _new_row(volume, plane, painted, version, "painted", author)
    session.add(row)
    session.flush()
    return _annotation_json(row)


def _same_paint(current: AnnotationRow, painted: _PackedSlice) -> bool:
    if current.data == painted.data:
        return True
    return current.values == painted.values and np.array_equal(
        arrays.unpack_slice(current.data, current.rows, current.columns),
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


def _annotation_json(row: AnnotationRow) -> dict[str, Any]:
    return {
        "plane": row.plane,
        "slice_index": row.slice_index,
        "version": row.version,
        "state": row.state,
        "values": row.values,
        "author": row.author,
        "updated_at": iso(row.created_at),
        "saved_at": iso(row.created_at),
    }
