"""Which previews, thumbnails and surfaces are wanted and not there yet; the server asks for them.

A request is a row until its file is there. One that failed keeps a sentence until it is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fewshot_sam.data.planes import Plane
from storage.database import Database
from storage.models import MaskRow, MediaRequestRow, VolumeRow, utc_now

MAX_ATTEMPTS = 3
WORKER_DIED = (
    "The 3D view could not be made, most likely because memory ran out. Close other programs, then try again."
)


@dataclass(frozen=True)
class MediaItem:
    """A preview or thumbnail of a volume, or the surface of a label.

    Attributes:
        key: name of its file.
        mask_id, value: the label's mask and value; None for what shows a volume.
    """

    key: str
    volume_id: str
    mask_id: str | None = None
    value: int | None = None

    @property
    def thumbnail_plane(self) -> Plane | None:
        """The plane that a thumbnail shows; None of other items."""
        name, _, ending = self.key.partition(".")
        return Plane(name.rpartition("-")[2]) if ending == "png" else None


def preview_of(volume: VolumeRow) -> MediaItem:
    """The preview of a volume; volumes of the same content share it."""
    return MediaItem(f"{volume.content_hash}-{volume.modality}.nii", volume.id)


def thumbnail_of(volume: VolumeRow) -> MediaItem:
    """The middle slice of a volume's plane; volumes of the same content share it."""
    return MediaItem(f"{volume.content_hash}-{volume.modality}-{volume.plane}.png", volume.id)


def surface_of(mask: MaskRow, value: int) -> MediaItem:
    """The surface of a label of a mask."""
    return MediaItem(f"{mask.id}-{value}.mz3", mask.volume_id, mask.id, value)


def surfaces_of(mask: MaskRow) -> list[MediaItem]:
    """The surfaces of all labels that hold a voxel."""
    return [surface_of(mask, label["value"]) for label in mask.labels if label.get("voxels")]


def add_requests(session: Session, items: Iterable[MediaItem]) -> None:
    """Ask for items within a writing session; what failed before is tried again."""
    for item in items:
        row = session.get(MediaRequestRow, item.key) or MediaRequestRow(
            key=item.key, volume_id=item.volume_id, mask_id=item.mask_id, value=item.value
        )
        row.requested_at = utc_now()
        if row.error is not None:
            row.error, row.attempts = None, 0
        session.add(row)


class MediaRequests:
    """Requests in the database; every call is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, item: MediaItem) -> None:
        """Ask for an item; nothing happens if what it shows was deleted meanwhile."""
        table, key = (MaskRow, item.mask_id) if item.mask_id else (VolumeRow, item.volume_id)
        with self._database.write() as session:
            if session.get(table, key) is not None:
                add_requests(session, [item])

    def claim(self) -> MediaItem | None:
        """The item asked for last, which is most likely on screen; None if there is nothing to make.

        An item whose maker died some times is given up.
        """
        waiting = select(MediaRequestRow).where(MediaRequestRow.error.is_(None))
        with self._database.read() as session:
            if session.scalar(waiting.limit(1)) is None:
                return None
        newest = waiting.order_by(MediaRequestRow.requested_at.desc(), MediaRequestRow.value)
        with self._database.write() as session:
            for row in session.scalars(newest):
                if row.attempts < MAX_ATTEMPTS:
                    row.attempts += 1
                    return MediaItem(row.key, row.volume_id, row.mask_id, row.value)
                row.error = WORKER_DIED
        return None

    def state(self, item: MediaItem) -> tuple[bool, str | None]:
        """Whether the item is asked for, and the sentence it failed with if it did."""
        with self._database.read() as session:
            row = session.get(MediaRequestRow, item.key)
            return row is not None, None if row is None else row.error

    def end(self, item: MediaItem, error: str | None = None) -> None:
        """The item is there, or cannot be made for the reason in ``error``."""
        with self._database.write() as session:
            row = session.get(MediaRequestRow, item.key)
            if row is not None and error is None:
                session.delete(row)
            elif row is not None:
                row.error = error
