"""Taking back, or making again, what was done to many slices at once: no version of a slice is ever lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from backend.errors import InvalidRequestError
from backend.queries.annotations import find_version
from backend.queries.projects import labels_of
from backend.schemas.enums import SliceState
from backend.services.painted_slices import HOLD_LABELS, PackedSlice, is_same, stored_label_map
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, VolumeRow


def revert_slices(
    session: Session, volume: VolumeRow, plane: Plane, changes: Sequence[Sequence[int]], author: str
) -> list[AnnotationRow]:
    """Turn slices from one of their versions to another one, as their next versions.

    Cells that were changed since the first of the two stay as they are, and so does a slice of which somebody
    said since that it holds nothing. Labels that were deleted do not come back.

    Args:
        changes: of each slice its index, the version to leave and the version to go to, 0 for none.

    Returns:
        The new versions, of slices where something had to be changed.

    Raises:
        InvalidRequestError: a slice has no such versions.
    """
    known = [0, *(label.value for label in labels_of(session, volume.project_id))]
    turned = [_turned(session, volume, plane, change, author, known) for change in changes]
    session.flush()
    return [row for row in turned if row is not None]


def _turned(
    session: Session,
    volume: VolumeRow,
    plane: Plane,
    change: Sequence[int],
    author: str,
    known: Sequence[int],
) -> AnnotationRow | None:
    index, leave, go_to = change
    latest = find_version(session, volume, plane, index)
    left, wanted = (_version(session, volume, plane, index, version) for version in (leave, go_to))
    if latest is None or (latest.state == SliceState.EMPTY and (left is None or left.state != latest.state)):
        return None
    now = stored_label_map(latest)
    before, after = (np.zeros_like(now) if row is None else stored_label_map(row) for row in (left, wanted))
    turned = np.where(now == before, np.where(np.isin(after, known), after, 0), now)
    state = _state(turned, after, SliceState.CLEARED if wanted is None else SliceState(wanted.state))
    if is_same(latest, turned, state):
        return None
    row = PackedSlice.of(index, turned).new_row(volume, plane, latest.version + 1, state, author)
    session.add(row)
    return row


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
