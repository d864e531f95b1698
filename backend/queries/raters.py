"""Whose labels of a scan can be compared and merged, and the labels themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.queries.readings import first_moment, read_volume_id, readings_of
from backend.queries.review_state import person_names
from backend.queries.signing import holds_anything
from backend.records.label_maps import LabelMapParts
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import VolumeRow


@dataclass(frozen=True)
class Rater:
    """Somebody's labels of a scan.

    Attributes:
        name: what it is called: the reader's name, and its number.
        before: what the volume held at that moment; None for what it holds now.
    """

    volume: VolumeRow
    name: str
    before: datetime | None = None


def raters_of(session: Session, volume: VolumeRow) -> list[Rater]:
    """Whose labels of a scan can be compared and merged: its readings that are revealed, by number.

    Before them comes the volume that was read, where it is the first reading. A reading that was ended
    before its reader said anything is nobody's labels.
    """
    of_id = read_volume_id(session, volume)
    rows = readings_of(session, of_id)
    volumes = {
        each.id: each
        for each in session.scalars(
            select(VolumeRow).where(VolumeRow.id.in_([of_id, *(row.volume_id for row in rows)]))
        )
    }
    names = person_names(session, {row.reader for row in rows})
    revealed = [
        row
        for row in rows
        if row.revealed_at is not None
        and row.volume_id in volumes
        and (row.finished_at is not None or holds_anything(session, volumes[row.volume_id]))
    ]
    raters = [
        Rater(volumes[row.volume_id], f"{names.get(row.reader, 'Reading')} {row.number}") for row in revealed
    ]
    moment = first_moment(rows)
    if moment is not None and of_id in volumes:
        raters.insert(0, Rater(volumes[of_id], "Reading 1", moment))
    return raters


def rater_labels(database: Database, blobs: BlobStore, rater: Rater) -> np.ndarray:
    """The (X, Y, Z) uint8 labels of a rater who may be seen. Raises BlobError where a file is damaged."""
    with database.read() as session:
        parts = LabelMapParts.read(session, rater.volume, rater.before)
    return parts.label_map(blobs)
