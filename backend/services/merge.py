"""Merging readings of a scan into the volume that was read, as painted slices with their provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import BusyError, ConflictError, InvalidRequestError
from backend.queries.access import get_volume
from backend.queries.annotations import latest_annotations
from backend.queries.answers import annotation_answer
from backend.queries.projects import labels_of
from backend.queries.raters import Rater, rater_labels, raters_of
from backend.queries.readings import read_volume_id
from backend.records.label_maps import LabelMapParts
from backend.records.origins import Act, Paint, Record, joined
from backend.records.volumes import slice_count
from backend.schemas.answers import ImportAnswer
from backend.schemas.enums import MergeMethod, SliceState
from backend.schemas.parts import SliceChangeAnswer
from backend.schemas.reading_requests import MergeBody
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, is_same, paint_of, stored_label_map
from backend.services.planes import require_slice
from fewshot_sam.data.origins import OriginKind
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.evaluation.consensus import MAX_ROUNDS, Consensus, majority, staple
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import AnnotationRow, VolumeRow, utc_now
from storage.readings import MergeRow, open_readings

MAX_TRIES = 5
"""How often slices are computed anew that others changed meanwhile."""
RULES = {
    MergeMethod.MAJORITY: "a voxel gets the label that more than half of the readings give it, else none",
    MergeMethod.STAPLE: "a voxel gets the label that STAPLE finds most probable, if that is over a half",
    MergeMethod.READING: "as one reading has it",
}


@dataclass(frozen=True)
class _Merged:
    """What is to be painted.

    Attributes:
        label_map: (X, Y, Z) uint8.
        slices: indices of the plane's slices that are written.
        values: of the labels that are taken; None for all.
        raters: who was merged.
        method: how.
    """

    plane: Plane
    label_map: np.ndarray
    slices: Sequence[int]
    values: Sequence[int] | None
    raters: Sequence[Rater]
    method: MergeMethod

    @property
    def origin(self) -> dict[str, Any]:
        """What is noted of each label."""
        return {"method": self.method.value, "readings": [rater.volume.id for rater in self.raters]}


@dataclass(frozen=True)
class _Shown:
    """What the volume shows now: what a label that is not taken keeps, though the slice is not painted.

    Attributes:
        label_map: (X, Y, Z) uint8.
        mask_id: of the mask in it; None for none.
    """

    label_map: np.ndarray
    mask_id: str | None

    def paint(self, merged: _Merged, index: int, act: Act) -> Paint:
        """A slice of it in display orientation; labels that are not taken are the mask's, if nothing else."""
        labels = to_display(take_slice(self.label_map, merged.plane, index))
        kind = OriginKind.PREDICTED if self.mask_id else OriginKind.PAINTED
        kept = [] if merged.values is None else np.setdiff1d(labels, merged.values).tolist()
        return Paint(labels, dict.fromkeys(map(str, kept), act.record(kind, mask=self.mask_id)))


class Merges:
    """Paints what several people read. Computing takes a label map of memory for each of them."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs
        self._running: set[str] = set()  # ids of volumes
        self._lock = Lock()

    def merge(self, asker: Asker, volume_id: str, body: MergeBody) -> ImportAnswer:
        """Paint a merge of the readings on the volume that was read, as new versions of its slices.

        What was painted there stays in the slices' history. A slice that the merge leaves empty is noted as
        empty where the volume shows labels there, and left alone elsewhere.

        Raises:
            NotFoundError: there is no such volume, or no such reading of it.
            ConflictError: there is nothing to merge, or people are reading the scan, or it has another plane
                by now, or its readings are being merged already.
            InvalidRequestError: a slice or label is none of the volume's, or the reading is not named.
            FrozenError: the volume was accepted in a review.
            BusyError: others changed the slices each time that they were computed.
        """
        with self._database.read() as session:
            volume = _target(session, asker, volume_id)
            if body.plane is not None and body.plane != Plane(volume.plane):
                raise ConflictError(
                    f"This volume is painted in the {volume.plane} plane by now. Reload the page first."
                )
            raters = _chosen_raters(raters_of(session, volume), body)
            values = _values(session, volume, body)
            slices = _slices(volume, body)
        with self._alone(volume):
            maps = [rater_labels(self._database, self._blobs, rater) for rater in raters]
            found = staple(maps) if body.method is MergeMethod.STAPLE else majority(maps)
            plane = Plane(volume.plane)
            merged = _Merged(plane, found.label_map, slices, values, raters, body.method)
            facts = _facts(body.method, found, raters)
            for _ in range(MAX_TRIES):
                answer = self._painted(asker, volume, merged, facts)
                if answer is not None:
                    return answer
        raise BusyError("Others change these slices at this moment. Nothing was merged; try again.")

    @contextmanager
    def _alone(self, volume: VolumeRow) -> Iterator[None]:
        """Nobody else merges readings of the volume meanwhile. Raises ConflictError where somebody does."""
        with self._lock:
            if volume.id in self._running:
                raise ConflictError(
                    "The readings of this scan are being merged already. Wait until that is done, and look "
                    "at what it painted."
                )
            self._running.add(volume.id)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(volume.id)

    def _painted(
        self, asker: Asker, volume: VolumeRow, merged: _Merged, facts: dict[str, Any]
    ) -> ImportAnswer | None:
        """Compute the slices outside of any transaction, then store them; None where others were faster."""
        with self._database.read() as session:
            parts = LabelMapParts.read(session, volume)
            before = _latest(session, volume.id, merged.plane)
            for row in before.values():
                stored_label_map(row)  # its cells load with it
        act, shown = Act(asker.id, utc_now()), _Shown(parts.label_map(self._blobs), parts.mask_id)
        planned = {index: _planned(before.get(index), shown, merged, index, act) for index in merged.slices}
        with self._database.write() as session:
            volume = _target(session, asker, volume.id)
            versions = {index: row.version for index, row in before.items()}
            if {i: row.version for i, row in _latest(session, volume.id, merged.plane).items()} != versions:
                return None
            rows = [
                packed.new_row(volume, merged.plane, versions.get(index, 0) + 1, state, asker.id)
                for index, each in planned.items()
                if each is not None
                for packed, state in [each]
            ]
            session.add_all(rows)
            emptied = sum(row.state == SliceState.EMPTY for row in rows)
            facts = {**facts, "slices": len(rows), "emptied": emptied}
            origin = merged.origin
            session.add(MergeRow(volume_id=volume.id, author=asker.id, facts=facts, **origin))
            session.flush()
            return _answer(merged.plane, rows, before, facts)


def _target(session: Session, asker: Asker, volume_id: str) -> VolumeRow:
    """The volume that was read, which the asker may paint."""
    volume = get_volume(session, asker, read_volume_id(session, get_volume(session, asker, volume_id)))
    if open_readings(session, volume.id):
        raise ConflictError("People are reading this scan. Its readings are merged once all are finished.")
    return volume


def _chosen_raters(raters: Sequence[Rater], body: MergeBody) -> list[Rater]:
    if body.method is MergeMethod.READING:
        chosen = [rater for rater in raters if rater.volume.id == body.reading]
        if not chosen:
            raise InvalidRequestError("Name the reading whose labels are taken: one of those of this scan.")
        return chosen
    if len(raters) < 2:
        raise ConflictError("There are no two readings of this scan to merge.")
    return list(raters)


def _values(session: Session, volume: VolumeRow, body: MergeBody) -> list[int] | None:
    known = {label.value for label in labels_of(session, volume.project_id)}
    if body.labels is not None and not known >= set(body.labels):
        raise InvalidRequestError("Only labels of this project can be merged; one is not. Reload the page.")
    return body.labels


def _slices(volume: VolumeRow, body: MergeBody) -> list[int]:
    plane = Plane(volume.plane)
    if body.slices is None:
        return list(range(slice_count(volume, plane)))
    for index in body.slices:
        require_slice(volume, plane, index)
    return sorted(set(body.slices))


def _latest(session: Session, volume_id: str, plane: Plane) -> dict[int, AnnotationRow]:
    return {row.slice_index: row for row in latest_annotations(session, volume_id, plane)}


def _planned(
    current: AnnotationRow | None, shown: _Shown, merged: _Merged, index: int, act: Act
) -> tuple[PackedSlice, SliceState] | None:
    """The next version of a slice and its state; None where it stays as it is."""
    theirs = to_display(take_slice(merged.label_map, merged.plane, index))
    holds = current is not None and current.state in HOLD_LABELS
    before = shown.paint(merged, index, act)
    ours = before.label_map
    wanted = theirs
    if merged.values is not None:
        wanted = np.where(np.isin(ours, merged.values), 0, ours)
        wanted = np.where(np.isin(theirs, merged.values), theirs, wanted).astype(np.uint8)
        if np.array_equal(wanted, ours):
            return None
    if not wanted.any() and not ours.any():
        return None
    state = SliceState.PAINTED if wanted.any() else SliceState.EMPTY
    if current is not None and is_same(current, wanted, state):
        return None

    def mixed(value: int, records: list[Record]) -> Record:
        if merged.values is not None and value not in merged.values:
            return act.changed(records[0])
        return act.record(OriginKind.MERGED, merge=merged.origin)

    origins = joined(wanted, [paint_of(current) if holds else None, before], mixed)
    return PackedSlice.of(index, np.ascontiguousarray(wanted), origins), state


def _facts(method: MergeMethod, found: Consensus, raters: Sequence[Rater]) -> dict[str, Any]:
    """What is kept of a merge beside its paint."""
    return {
        "rule": RULES[method],
        "disputed_voxels": found.disputed_voxels,
        **({"max_rounds": MAX_ROUNDS} if method is MergeMethod.STAPLE else {}),
        "readers": {
            rater.volume.id: {str(value): asdict(each[at]) for value, each in found.readers.items()}
            for at, rater in enumerate(raters)
            if found.readers
        },
    }


def _answer(
    plane: Plane,
    rows: Sequence[AnnotationRow],
    before: Mapping[int, AnnotationRow],
    facts: Mapping[str, Any],
) -> ImportAnswer:
    changes = []
    for row in rows:
        old = before.get(row.slice_index)
        changed = sorted({*row.values, *(old.values if old else ())})
        changes.append(
            SliceChangeAnswer(
                slice_index=row.slice_index,
                before=old.version if old else 0,
                after=row.version,
                values=changed,
            )
        )
    disputed = facts["disputed_voxels"]
    said = f"The readings differ on {disputed} voxel{'' if disputed == 1 else 's'}."
    return ImportAnswer(
        plane=plane,
        slices=[row.slice_index for row in rows],
        annotations=[annotation_answer(row) for row in rows],
        changes=changes,
        labels=[],
        renamed=[],
        notes=f"Rule: {facts['rule']}. {said}",
    )
