"""Makes previews and surfaces that were asked for, in a thread of the worker beside its jobs.

Concurrency: one thread makes one item after the other. It has its own sessions and shares nothing with the
thread that works on runs and encodings, so that a view is there within seconds while a run takes minutes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from backend.errors import DamagedDataError
from backend.media.files import MediaFiles
from backend.records.media_requests import MediaItem, MediaRequests
from backend.records.volumes import load_volume_row
from fewshot_sam.data.windowing import Window
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import MaskRow, VolumeRow

logger = logging.getLogger(__name__)
IDLE_POLL_S = 2.0
FAILED = "The 3D view could not be made; details are in the worker's log."


class MediaMaker:
    """Makes items one at a time."""

    def __init__(self, database: Database, blobs: BlobStore, files: MediaFiles) -> None:
        self._database = database
        self._blobs = blobs
        self._files = files
        self._requests = MediaRequests(database)

    def make_next(self) -> bool:
        """Make the most urgent item; False if nothing is asked for.

        Raises:
            OperationalError: the database is busy; the item is tried again.
        """
        item = self._requests.claim()
        if item is None:
            return False
        error = None
        try:
            if not self._files.path(item).exists() and (content := self._content(item)) is not None:
                self._files.write(item, content)
        except DamagedDataError as damage:
            error = str(damage)
        except Exception:
            logger.exception("making %s failed", item.key)
            error = FAILED
        self._requests.end(item, error)
        return True

    def _content(self, item: MediaItem) -> bytes | None:
        """The item's file; None if what it shows was deleted or is empty."""
        from backend.media.previews import preview_nifti  # imports nibabel, and the other one scikit-image
        from backend.media.surfaces import label_surface, to_mz3
        from backend.media.thumbnails import thumbnail_png

        with self._database.read() as session:
            volume_row = session.get(VolumeRow, item.volume_id)
            mask = session.get(MaskRow, item.mask_id) if item.mask_id else None
        if volume_row is None or (item.mask_id and mask is None):
            return None
        if mask is None:
            volume, plane = load_volume_row(volume_row, self._blobs), item.thumbnail_plane
            if plane is None:
                return preview_nifti(volume)
            return thumbnail_png(volume, plane, Window(*volume_row.display["window"]))
        x, y, z = mask.shape
        inside = arrays.load_mask(self._blobs, mask.blob, (x, y, z)) == item.value
        affine = load_volume_row(volume_row, self._blobs).affine
        return to_mz3(*label_surface(inside, affine)) if inside.any() else None


class MediaThread:
    """Calls ``make_next`` in a daemon thread as long as it makes something, and after each wake-up."""

    def __init__(self, make_next: Callable[[], bool]) -> None:
        self._make_next = make_next
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="media", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to make; from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread after the item it is at."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        logged = False
        while not self._stopping:
            try:
                made, logged = self._make_next(), False
            except Exception:  # such as a database that another program keeps locked
                if not logged:
                    logger.warning("could not look for previews and surfaces to make", exc_info=True)
                made, logged = False, True
            if not made:
                self._wake.wait(IDLE_POLL_S)
                self._wake.clear()
