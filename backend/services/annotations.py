"""Painted slices: saved version by version, never changed in place, never touched by predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError, UnknownLabelError
from backend.queries.access import get_volume
from backend.queries.accounts import account_names
from backend.queries.annotations import find_version, latest_annotations, select_versions
from backend.queries.answers import annotation_answer
from backend.queries.masks import newest_masks
from backend.queries.projects import labels_of
from backend.queries.provenance import provenance_answer
from backend.records.origins import Act, Hints, Origins, Paint, Record, joined, origins_of, saved_origins
from backend.records.volumes import display_shape
from backend.schemas.answers import AnnotationAnswer, SavedSliceAnswer, SliceVersionAnswer
from backend.schemas.enums import SliceState
from backend.schemas.limits import MAX_LISTED
from backend.schemas.provenance import ProvenanceAnswer
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, is_same, paint_of, stored_label_map
from backend.services.planes import parse_plane, require_slice
from backend.services.predicted_slice import predicted_slice
from backend.services.slice_merge import MergedSlice, merge_slices
from backend.services.slice_reverts import revert_slices
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import AnnotationRow, VolumeRow, utc_now


class Annotations:
    """Save and read painted slices."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def list_latest(self, asker: Asker, volume_id: str) -> list[AnnotationAnswer]:
        """The latest version of every slice, all planes. Raises NotFoundError."""
        with self._database.read() as session:
            get_volume(session, asker, volume_id)
            return [annotation_answer(row) for row in latest_annotations(session, volume_id)]

    def provenance(self, asker: Asker, volume_id: str) -> ProvenanceAnswer:
        """How every label came onto the latest version of every slice. Raises NotFoundError."""
        with self._database.read() as session:
            get_volume(session, asker, volume_id)
            newest = newest_masks(session, [volume_id]).get(volume_id)
            rows = latest_annotations(session, volume_id)
            return provenance_answer(session, volume_id, rows, newest.id if newest else None)

    def get(
        self, asker: Asker, volume_id: str, plane: str, slice_index: int, version: int | None = None
    ) -> tuple[AnnotationAnswer, bytes]:
        """A version (default the latest) of a slice: its description and uint8 bytes as displayed.

        Raises:
            NotFoundError: there is no such volume or version.
        """
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            row = find_version(session, volume, parse_plane(plane), slice_index, version)
            if row is None:
                raise NotFoundError(f"Slice {slice_index} has not been painted in the {plane} plane.")
            return annotation_answer(row), stored_label_map(row).tobytes()

    def versions(
        self, asker: Asker, volume_id: str, plane: str, slice_index: int
    ) -> list[SliceVersionAnswer]:
        """The newest versions of a slice, MAX_LISTED at most, newest first."""
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            query = select_versions(volume, parse_plane(plane), slice_index).limit(MAX_LISTED)
            rows = list(session.scalars(query))
            names = account_names(session, {row.author for row in rows})
            return [
                SliceVersionAnswer(**dict(annotation_answer(row)), author_name=names.get(row.author))
                for row in rows
            ]

    def save(
        self,
        asker: Asker,
        volume_id: str,
        plane: str,
        slice_index: int,
        data: bytes,
        state: str,
        base_version: int,
        origin: str | None = None,
    ) -> SavedSliceAnswer:
        """Save a slice; when this returns it is on disk.

        Where another version was saved since ``base_version``, the cells that ``data`` changed since then
        are put over it, and both stay in the history ("merged" and "conflicting_cells" in the answer).

        Args:
            data: uint8 label values, display orientation, C order; may be empty unless painted.
            state: a :class:`SliceState`.
            base_version: the version that the writer's paint started from, 0 for an empty slice.
            origin: what only the writer knows of how it was made, see :class:`Hints`.

        Raises:
            ConflictError: there is no version ``base_version``; details hold the latest "version".
            AnnotationError: the bytes do not fit the slice or hold values that are no labels.
        """
        chosen, hints = parse_plane(plane), Hints.parsed(origin)
        predicted = predicted_slice(self._database, self._blobs, asker, volume_id, chosen, slice_index, hints)
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            require_slice(volume, chosen, slice_index)
            sent = _checked_map(session, volume, chosen, data, state)
            # A writer that painted and then erased everything has nothing to say about the slice.
            state = SliceState.CLEARED if state in HOLD_LABELS and not sent.any() else state
            versions = _SliceVersions(session, volume, chosen, slice_index, asker.id, hints, predicted)
            latest = versions.latest
            if latest is not None and is_same(latest, sent, state):
                return _saved_answer(latest)
            if base_version == (latest.version if latest else 0):
                return _saved_answer(versions.add(sent, state))
            if latest is not None:
                ours, theirs = (versions.weight(each, base_version) for each in (state, latest.state))
                if _is_worth_more(theirs, ours):
                    return _saved_answer(latest, MergedSlice(stored_label_map(latest), 0), gave_way=True)
                if _is_worth_more(ours, theirs):
                    return _saved_answer(versions.add(sent, state))
            base = versions.paint(base_version)
            merged = merge_slices(base.label_map, versions.paint().label_map, sent)
            return _saved_answer(versions.add_merged(base, sent, merged.label_map, state), merged)

    def revert(
        self, asker: Asker, volume_id: str, plane: str, changes: Sequence[Sequence[int]]
    ) -> list[AnnotationAnswer]:
        """Take back or make again what was done to slices: their new versions, where there had to be any.

        Args:
            changes: see :func:`backend.services.slice_reverts.revert_slices`.

        Raises:
            InvalidRequestError: a slice is named twice, or has no such versions; nothing is changed then.
            BusyError: others change these slices at this moment; nothing is changed then.
        """
        return revert_slices(self._database, asker, volume_id, parse_plane(plane), changes)


@dataclass
class _SliceVersions:
    """The versions of one slice within a writing session."""

    session: Session
    volume: VolumeRow
    plane: Plane
    slice_index: int
    author: str
    hints: Hints
    predicted: np.ndarray | None  # (rows, columns) uint8 that the slice began from

    def __post_init__(self) -> None:
        self.latest = find_version(self.session, self.volume, self.plane, self.slice_index)

    def paint(self, version: int | None = None) -> Paint:
        """A version, by default the latest; version 0 is empty.

        Raises:
            ConflictError: there is no such version, so that nothing can be merged with it.
        """
        if version == 0 or (version is None and self.latest is None):
            return Paint(np.zeros(display_shape(self.volume, self.plane), np.uint8), {})
        row = find_version(self.session, self.volume, self.plane, self.slice_index, version)
        if row is None:
            raise ConflictError(
                "This slice was changed elsewhere, in another tab or by another person. "
                "Reload it, or save again to keep this one.",
                version=self.latest.version if self.latest else 0,
            )
        return Paint(stored_label_map(row), origins_of(row))

    def weight(self, state: str, base_version: int) -> str:
        """A state as it counts beside another's: an interpolated slice withdrawn is no more than one."""
        if state != SliceState.CLEARED or not base_version:
            return state
        base = find_version(self.session, self.volume, self.plane, self.slice_index, base_version)
        return base.state if base is not None and base.state == SliceState.INTERPOLATED else state

    def add(self, label_map: np.ndarray, state: str, origins: Origins | None = None) -> AnnotationRow:
        """Add uint8 (rows, columns) label values as the version after the latest."""
        version = self.latest.version + 1 if self.latest else 1
        if origins is None:
            origins = self._origins(label_map, state, paint_of(self.latest))
        packed = PackedSlice.of(self.slice_index, label_map, origins)
        self.latest = packed.new_row(self.volume, self.plane, version, state, self.author)
        self.session.add(self.latest)
        self.session.flush()
        return self.latest

    def _origins(self, label_map: np.ndarray, state: str, before: Paint | None) -> Origins:
        """How the labels came onto the slice that the writer made of ``before``."""
        if self.hints.returned and (earlier := self._earlier(label_map, state)):
            return earlier.origins
        return saved_origins(
            label_map,
            state == SliceState.INTERPOLATED,
            before,
            self.predicted,
            self.hints,
            Act(self.author, utc_now()),
            self._restored(),
        )

    def _restored(self) -> Paint | None:
        """The version that the writer says was restored."""
        if self.hints.version is None:
            return None
        return paint_of(
            find_version(self.session, self.volume, self.plane, self.slice_index, self.hints.version)
        )

    def _earlier(self, label_map: np.ndarray, state: str) -> Paint | None:
        """The last version that held the same."""
        query = select_versions(self.volume, self.plane, self.slice_index).where(
            AnnotationRow.state == state, AnnotationRow.data == arrays.pack_slice(label_map)
        )
        return paint_of(self.session.scalar(query.limit(1)))

    def add_merged(self, base: Paint, sent: np.ndarray, merged: np.ndarray, state: str) -> AnnotationRow:
        """Add what was sent and its merge, both uint8 (rows, columns), unless the merge is the latest."""
        both_interpolated = self.latest is not None and self.latest.state == state == SliceState.INTERPOLATED
        holding = SliceState.INTERPOLATED if both_interpolated else SliceState.PAINTED
        merged_state = holding if merged.any() else state
        if self.latest is not None and is_same(self.latest, merged, merged_state):
            return self.latest
        ours, theirs = Paint(sent, self._origins(sent, state, base)), paint_of(self.latest)
        if not np.array_equal(sent, merged):
            self.add(sent, state, ours.origins)
        act = Act(self.author, utc_now())

        def mixed(_value: int, records: list[Record]) -> Record:
            return act.changed(records[-1])

        return self.add(merged, merged_state, joined(merged, [theirs, ours], mixed))


def _is_worth_more(state: str, other: str) -> bool:
    """Whether a person said the one, while the other is interpolated: the two are not mixed."""
    return other == SliceState.INTERPOLATED and state in (SliceState.PAINTED, SliceState.EMPTY)


def _saved_answer(
    row: AnnotationRow, merged: MergedSlice | None = None, gave_way: bool = False
) -> SavedSliceAnswer:
    """The latest version, and whether it holds another writer's paint too."""
    return SavedSliceAnswer(
        **dict(annotation_answer(row)),
        merged=merged is not None,
        conflicting_cells=merged.conflicting_cells if merged else 0,
        gave_way=gave_way,
    )


def _checked_map(session: Session, volume: VolumeRow, plane: Plane, data: bytes, state: str) -> np.ndarray:
    """The bytes as a (rows, columns) array of known label values."""
    if state not in set(SliceState):
        raise InvalidRequestError(
            f"The state must be painted, empty, cleared or interpolated, got {state[:20]!r}."
        )
    rows, columns = display_shape(volume, plane)
    if state not in HOLD_LABELS:
        if any(data):
            raise AnnotationError(f"A slice that is {state} must hold no paint. Save it as painted instead.")
        return np.zeros((rows, columns), np.uint8)
    if len(data) != rows * columns:
        raise AnnotationError(
            f"A {plane.value} slice of this volume must be {rows} x {columns} bytes, got {len(data)} bytes."
        )
    label_map = np.frombuffer(data, np.uint8).reshape(rows, columns)
    known = {label.value for label in labels_of(session, volume.project_id)}
    unknown = sorted(set(np.unique(label_map).tolist()) - known - {0})
    if unknown:
        raise UnknownLabelError(
            f"The slice holds label values that the project does not have: {unknown[:5]}."
        )
    return label_map
