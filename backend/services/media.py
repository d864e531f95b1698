"""Previews and surfaces as the server answers with them: files that the worker made, or asks it for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backend.asker import Asker
from backend.errors import MediaError, NotFoundError
from backend.media.files import MediaFiles
from backend.queries.access import get_mask, get_volume
from backend.records.media_requests import MediaItem, MediaRequests, preview_of, surface_of, thumbnail_of
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import VolumeRow


class Media:
    """Finds previews and surfaces, and has those made that are not there.

    Args:
        wake_worker: called after a commit that gives the worker something to make.
    """

    def __init__(
        self, database: Database, blobs: BlobStore, files: MediaFiles, wake_worker: Callable[[], None]
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._files = files
        self._requests = MediaRequests(database)
        self._wake_worker = wake_worker

    def preview(self, asker: Asker, volume_id: str) -> MediaItem:
        """The small copy of a volume.

        Raises:
            DamagedDataError: it is not there yet, and the volume it would be made of is damaged.
        """
        return self._of_volume(asker, volume_id, preview_of)

    def thumbnail(self, asker: Asker, volume_id: str) -> MediaItem:
        """The middle slice of a volume's plane; raises as :meth:`preview`."""
        return self._of_volume(asker, volume_id, thumbnail_of)

    def _of_volume(
        self, asker: Asker, volume_id: str, item_of: Callable[[VolumeRow], MediaItem]
    ) -> MediaItem:
        with self._database.read() as session:
            volume = get_volume(session, asker, volume_id)
        item = item_of(volume)
        if self.path(item) is None:
            self._blobs.verified_path(volume.voxel_blob)
        return item

    def surface(self, asker: Asker, mask_id: str, value: int) -> MediaItem:
        """The surface of a label.

        Raises:
            NotFoundError: the label is empty in this mask.
            DamagedDataError: it is not there yet, and the mask it would be made of is damaged.
        """
        with self._database.read() as session:
            mask = get_mask(session, asker, mask_id)
        item = surface_of(mask, value)
        if self.path(item) is None:
            self._blobs.verified_path(mask.blob)
            if not any(label["value"] == value and label.get("voxels") for label in mask.labels):
                raise NotFoundError(f"Label {value} is empty in this mask, so it has no surface.")
        return item

    def path(self, item: MediaItem) -> Path | None:
        """The item's file, None while it is not there."""
        path = self._files.path(item)
        return path if path.exists() else None

    def ask(self, item: MediaItem) -> None:
        """Have the item made."""
        self._requests.ask(item)
        self._wake_worker()

    def require_pending(self, item: MediaItem) -> None:
        """See that the item is there or will be.

        Raises:
            MediaError: it could not be made.
        """
        asked, error = self._requests.state(item)
        if error is not None:
            raise MediaError(error)
        if not asked and self.path(item) is None:
            self.ask(item)  # of a volume that others share, and whose request went with another one
