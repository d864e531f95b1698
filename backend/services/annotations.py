"""Painted slices: saved version by version, never changed in place, never touched by predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError, UnknownLabelError
from backend.queries.access import get_volume
from backend.queries.annotations import find_version, latest_annotations, select_versions
from backend.queries.answers import annotation_answer
from backend.queries.projects import labels_of
from backend.records.volumes import display_shape
from backend.schemas.answers import AnnotationAnswer, SavedSliceAnswer
from backend.schemas.enums import SliceState
from backend.schemas.limits import MAX_LISTED
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, is_same, stored_label_map
from backend.services.planes import parse_plane, require_slice
from backend.services.slice_merge import MergedSlice, merge_slices
from backend.services.slice_reverts import revert_slices
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError
from storage.database import Database
from storage.models import AnnotationRow, VolumeRow


class Annotations:
    """Save and read painted slices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_latest(self, asker: Asker, volume_id: str) -> list[AnnotationAnswer]:
        """The latest version of every slice, all planes. Raises NotFoundError."""
        with self._database.read() as session:
            get_volume(session, asker, volume_id)
            return [annotation_answer(row) for row in latest_annotations(session, volume_id)]

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

    def versions(self, asker: Asker, volume_id: str, plane: str, slice_index: int) -> list[AnnotationAnswer]:
        """The newest versions of a slice, MAX_LISTED at most, newest first."""
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
            query = select_versions(volume, parse_plane(plane), slice_index).limit(MAX_LISTED)
            return [annotation_answer(row) for row in session.scalars(query)]

    def save(
        self,
        asker: Asker,
        volume_id: str,
        plane: str,
        slice_index: int,
        data: bytes,
        state: str,
        base_version: int,
    ) -> SavedSliceAnswer:
        """Save a slice; when this returns it is on disk.

        Where another version was saved since ``base_version``, the cells that ``data`` changed since then
        are put over it, and both stay in the history ("merged" and "conflicting_cells" in the answer).

        Args:
            data: uint8 label values, display orientation, C order; may be empty unless painted.
            state: a :class:`SliceState`.
            base_version: the version that the writer's paint started from, 0 for an empty slice.

        Raises:
            ConflictError: there is no version ``base_version``; details hold the latest "version".
            AnnotationError: the bytes do not fit the slice or hold values that are no labels.
        """
        chosen = parse_plane(plane)
        with self._database.write() as session:
            volume = get_volume(session, asker, volume_id)
            require_slice(volume, chosen, slice_index)
            sent = _checked_map(session, volume, chosen, data, state)
            # A writer that painted and then erased everything has nothing to say about the slice.
            state = SliceState.CLEARED if state in HOLD_LABELS and not sent.any() else state
            versions = _SliceVersions(session, volume, chosen, slice_index, asker.id)
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
            merged = merge_slices(versions.label_map(base_version), versions.label_map(), sent)
            return _saved_answer(versions.add_merged(sent, merged.label_map, state), merged)

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

    def __post_init__(self) -> None:
        self.latest = find_version(self.session, self.volume, self.plane, self.slice_index)

    def label_map(self, version: int | None = None) -> np.ndarray:
        """uint8 (rows, columns) label values of a version, by default the latest; version 0 is empty.

        Raises:
            ConflictError: there is no such version, so that nothing can be merged with it.
        """
        if version == 0 or (version is None and self.latest is None):
            return np.zeros(display_shape(self.volume, self.plane), np.uint8)
        row = find_version(self.session, self.volume, self.plane, self.slice_index, version)
        if row is None:
            raise ConflictError(
                "This slice was changed elsewhere, in another tab or by another person. "
                "Reload it, or save again to keep this one.",
                version=self.latest.version if self.latest else 0,
            )
        return stored_label_map(row)

    def weight(self, state: str, base_version: int) -> str:
        """A state as it counts beside another's: an interpolated slice withdrawn is no more than one."""
        if state != SliceState.CLEARED or not base_version:
            return state
        base = find_version(self.session, self.volume, self.plane, self.slice_index, base_version)
        return base.state if base is not None and base.state == SliceState.INTERPOLATED else state

    def add(self, label_map: np.ndarray, state: str) -> AnnotationRow:
        """Add uint8 (rows, columns) label values as the version after the latest."""
        version = self.latest.version + 1 if self.latest else 1
        packed = PackedSlice.of(self.slice_index, label_map)
        self.latest = packed.new_row(self.volume, self.plane, version, state, self.author)
        self.session.add(self.latest)
        self.session.flush()
        return self.latest

    def add_merged(self, sent: np.ndarray, merged: np.ndarray, state: str) -> AnnotationRow:
        """Add what was sent and its merge, both uint8 (rows, columns), unless the merge is the latest."""
        both_interpolated = self.latest is not None and self.latest.state == state == SliceState.INTERPOLATED
        holding = SliceState.INTERPOLATED if both_interpolated else SliceState.PAINTED
        merged_state = holding if merged.any() else state
        if self.latest is not None and is_same(self.latest, merged, merged_state):
            return self.latest
        if not np.array_equal(sent, merged):
            self.add(sent, state)
        return self.add(merged, merged_state)


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
