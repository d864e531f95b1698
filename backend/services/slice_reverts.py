"""Taking back, or making again, what was done to many slices at once: no version of a slice is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import BusyError, InvalidRequestError
from backend.queries.access import get_volume
from backend.queries.annotations import find_version, latest_annotations
from backend.queries.answers import annotation_answer
from backend.queries.projects import labels_of
from backend.records.origins import Act, Record, joined
from backend.schemas.answers import AnnotationAnswer
from backend.schemas.enums import SliceState
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, paint_of, stored_label_map
from backend.services.planes import require_slice
from fewshot_sam.data.planes import Plane
from storage.database import Database
from storage.models import AnnotationRow, VolumeRow, utc_now

MAX_TRIES = 5
"""How often slices are computed anew that others changed meanwhile."""


def revert_slices(
    database: Database, asker: Asker, volume_id: str, plane: Plane, changes: Sequence[Sequence[int]]
) -> list[AnnotationAnswer]:
    """Turn slices from one of their versions to another one, as their next versions.

    Cells that were changed since the first of the two stay as they are, and so does a slice of which somebody
    said since that it holds nothing. Labels that were deleted do not come back.

    All slices are turned or, where this raises, none. They are computed before the one transaction that
    stores them, so that others can save meanwhile; what was saved in that time is turned too and not lost,
    as a slice whose latest version is another one by then is computed again.

    Args:
        changes: of each slice its index, the version to leave and the version to go to, 0 for none.

    Returns:
        The new versions, of slices where something had to be changed.

    Raises:
        InvalidRequestError: a slice is named twice, is none of the plane's or has no such versions.
        BusyError: others changed the slices each time that they were computed.
        NotFoundError: there is no such volume.
    """
    turned: dict[int, _TurnedSlice] = {}
    due, known = changes, _checked(database, asker, volume_id, plane, changes)
    for _ in range(MAX_TRIES):
        for change in due:
            turned[change[0]] = _turned(database, asker, volume_id, plane, change, known)
        with database.write() as session:
            volume = get_volume(session, asker, volume_id)
            if (known_now := _known_values(session, volume)) != known:
                due, known = changes, known_now
            else:
                due = _outdated(changes, turned, latest_annotations(session, volume_id, plane))
            if not due:
                rows = [row for each in turned.values() if (row := each.new_row(volume, plane, asker.id))]
                session.add_all(rows)
                session.flush()
                return [annotation_answer(row) for row in rows]
    raise BusyError("Others change these slices at this moment, so they were left as they are. Try again.")


@dataclass(frozen=True)
class _TurnedSlice:
    """What becomes of a slice.

    Attributes:
        latest: its version that this was computed from, 0 for none.
        packed: how it is stored; None where nothing has to be changed.
    """

    latest: int
    state: SliceState = SliceState.CLEARED
    packed: PackedSlice | None = None

    def new_row(self, volume: VolumeRow, plane: Plane, author: str) -> AnnotationRow | None:
        if self.packed is None:
            return None
        return self.packed.new_row(volume, plane, self.latest + 1, self.state, author)


def _checked(
    database: Database, asker: Asker, volume_id: str, plane: Plane, changes: Sequence[Sequence[int]]
) -> frozenset[int]:
    """The label values that may be painted, once it is sure that the changes name slices, each once."""
    with database.read() as session:
        volume = get_volume(session, asker, volume_id)
        known = _known_values(session, volume)
    named: set[int] = set()
    for index, _, _ in changes:
        require_slice(volume, plane, index)
        if index in named:
            raise InvalidRequestError(f"Each slice can be named once, and slice {index} is named twice.")
        named.add(index)
    return known


def _known_values(session: Session, volume: VolumeRow) -> frozenset[int]:
    return frozenset({0, *(label.value for label in labels_of(session, volume.project_id))})


def _outdated(
    changes: Sequence[Sequence[int]], turned: dict[int, _TurnedSlice], latest: Sequence[AnnotationRow]
) -> list[Sequence[int]]:
    """The changes of slices that have another latest version than the one they were computed from."""
    versions = {row.slice_index: row.version for row in latest}
    return [change for change in changes if versions.get(change[0], 0) != turned[change[0]].latest]


def _turned(
    database: Database,
    asker: Asker,
    volume_id: str,
    plane: Plane,
    change: Sequence[int],
    known: frozenset[int],
) -> _TurnedSlice:
    index, leave, go_to = change
    with database.read() as session:
        volume = get_volume(session, asker, volume_id)
        latest = find_version(session, volume, plane, index)
        left, wanted = (_version(session, volume, plane, index, version) for version in (leave, go_to))
        if latest is None or (
            latest.state == SliceState.EMPTY and (left is None or left.state != latest.state)
        ):
            return _TurnedSlice(latest.version if latest else 0)
        now = stored_label_map(latest)
        before, after = (
            np.zeros_like(now) if row is None else stored_label_map(row) for row in (left, wanted)
        )
        wanted_paint, latest_paint = paint_of(wanted), paint_of(latest)
    turned = np.where(now == before, np.where(np.isin(after, sorted(known)), after, 0), now)
    state = _state(turned, after, SliceState.CLEARED if wanted is None else SliceState(wanted.state))
    if latest.state == state and np.array_equal(now, turned):
        return _TurnedSlice(latest.version)
    act = Act(asker.id, utc_now())

    def mixed(_value: int, records: list[Record]) -> Record:
        return act.changed(records[0])

    origins = joined(turned, [wanted_paint, latest_paint], mixed)
    return _TurnedSlice(latest.version, state, PackedSlice.of(index, turned, origins))


def _version(
    session: Session, volume: VolumeRow, plane: Plane, index: int, version: int
) -> AnnotationRow | None:
    row = find_version(session, volume, plane, index, version) if version else None
    if version and row is None:
        raise InvalidRequestError(f"Slice {index} of the {plane} plane has no version {version}.")
    return row


def _state(turned: np.ndarray, wanted: np.ndarray, state: SliceState) -> SliceState:
    """What a slice is that holds (rows, columns) labels where it should hold others in a state."""
    if not turned.any():
        return SliceState.CLEARED if state in HOLD_LABELS else state
    if state == SliceState.INTERPOLATED and np.array_equal(turned, wanted):
        return state
    return SliceState.PAINTED
