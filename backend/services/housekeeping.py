"""Files that no row names any more: blobs, embeddings, previews, surfaces and upload folders.

What a person deletes for good is deleted at once; until then its rows are there and name its files. Blobs
that are found without a row when the server starts move to the bin (:mod:`storage.bin`), because it may be
the row that was lost.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.media.files import MediaFiles
from fewshot_sam.embeddings.cache import EmbeddingCache
from storage.bin import BlobBin, today
from storage.blobs import BlobStore
from storage.database import Database
from storage.deleted import WITH_DELETED
from storage.models import MaskRow, ModelRow, UploadRow, VolumeRow, utc_now
from storage.references import ReferenceRow

logger = logging.getLogger(__name__)
UPLOAD_LIFETIME = timedelta(hours=1)
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
MAX_NAMED = 20  # in one line of the log


class Housekeeping:
    """Deletes what rows no longer name: blobs, embeddings and previews of volumes, surfaces of
    masks, uploads."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        blob_bin: BlobBin,
        cache: EmbeddingCache,
        media: MediaFiles,
        uploads_folder: Path,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._bin = blob_bin
        self._cache = cache
        self._media = media
        self._uploads_folder = uploads_folder

    @contextmanager
    def deleting(self) -> Iterator[Session]:
        """A writing session for deletions; afterwards files that lost their last row are deleted."""
        with self._database.write() as session:
            blobs_before, volumes_before = _blobs_in_use(session), _hashes_in_use(session)
            masks_before, uploads_before = _masks(session), _uploads(session)
            yield session
            session.flush()
            released = blobs_before - _blobs_in_use(session)
            gone = volumes_before - _hashes_in_use(session)
            gone_masks = masks_before - _masks(session)
            gone_uploads = uploads_before - _uploads(session)
        self.release_blobs(released)
        for content_hash in gone:
            self._cache.remove_volume(content_hash)
            _delete_files(self._media.preview_folder, f"{content_hash}-*")
        for mask_id in gone_masks:
            _delete_files(self._media.surface_folder, f"{mask_id}-*")
        for upload_id in filter(_UPLOAD_ID.fullmatch, gone_uploads):  # a row must not name another folder
            shutil.rmtree(self._uploads_folder / upload_id, ignore_errors=True)
        self._database.forget_deleted()

    def release_blobs(self, keys: set[str]) -> None:
        """Delete those of ``keys`` that no row names.

        Holds the write lock meanwhile, and importers check in the transaction that adds their row
        that the blob is still there (:func:`backend.blobs.require_blob`), so a row never names a missing
        blob.
        """
        with self._database.write() as session:
            unnamed = keys - _blobs_in_use(session)
            for key in unnamed:
                self._blobs.delete(key)
            self._bin.delete(unnamed)

    def begin(self) -> None:
        """Tidy up what the last server left, at start, when nobody else writes."""
        self.sort_out_leftovers()
        self.empty_bin()
        self.expire_uploads(at_start=True)

    def sort_out_leftovers(self) -> None:
        """Match blobs with rows. Only at start, when nobody else writes.

        Blobs without a row move to the bin, those that a row names come back from it, and what
        interrupted writes left half-written is deleted.
        """
        self._blobs.clear_incoming()
        with self._database.write() as session:
            self._delete_other_media(_masks(session), _hashes_in_use(session))
            named, stored = _blobs_in_use(session), set(self._blobs.keys())
            found = [key for key in sorted((named - stored) & self._bin.keys()) if self._bin.put_back(key)]
            leftovers = sorted(stored - named)
            for key in leftovers:
                self._bin.take(key, today())
        if found:
            logger.warning("put %s back from the bin", _listed(found))
        if leftovers:
            logger.warning(
                "moved %s, which no row names, to %s for 30 days",
                _listed(leftovers),
                self._bin.root / today().isoformat(),
            )

    def _delete_other_media(self, masks: set[str], content_hashes: set[str]) -> None:
        """Delete surfaces and previews of what is gone, as after a deletion that was interrupted, and parts.

        They are made again when somebody looks at a mask or a volume in 3D.
        """
        folders = ((self._media.surface_folder, masks), (self._media.preview_folder, content_hashes))
        for folder, named in folders:
            for path in folder.glob("*-*"):
                if path.name.partition("-")[0] not in named or path.name.endswith(".part"):
                    path.unlink(missing_ok=True)

    def forget_deleted(self) -> None:
        """Empty the database's log of what was deleted while readers were too busy for that."""
        self._database.forget_deleted()

    def empty_bin(self) -> None:
        """Delete what has been in the bin for longer than it is kept."""
        for day in self._bin.empty(today()):
            logger.warning("emptied the bin of %s", day)

    def expire_uploads(self, at_start: bool = False) -> None:
        """See :func:`expire_uploads`."""
        expire_uploads(self._database, self._uploads_folder, at_start)


def _blobs_in_use(session: Session) -> set[str]:
    queries = (
        select(VolumeRow.voxel_blob),
        select(VolumeRow.colour_blob),
        select(VolumeRow.headers_blob),
        select(MaskRow.blob),
        select(MaskRow.confidence_blob),
        select(ModelRow.blob),
        select(ReferenceRow.blob),
    )
    found = (session.scalars(query.distinct(), execution_options=WITH_DELETED) for query in queries)
    return {key for keys in found for key in keys if key is not None}


def _masks(session: Session) -> set[str]:
    return set(session.scalars(select(MaskRow.id), execution_options=WITH_DELETED))


def _uploads(session: Session) -> set[str]:
    return set(session.scalars(select(UploadRow.id), execution_options=WITH_DELETED))


def _hashes_in_use(session: Session) -> set[str]:
    query = select(VolumeRow.content_hash).distinct()
    return set(session.scalars(query, execution_options=WITH_DELETED))


def _delete_files(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink(missing_ok=True)


def expire_uploads(database: Database, uploads_folder: Path, at_start: bool = False) -> None:
    """Forget uploads that wait too long for a choice, and remove folders no upload names.

    Args:
        at_start: nothing is coming in, so that a folder without a row is what a killed server left, however
            young it is.
    """
    oldest = utc_now() - UPLOAD_LIFETIME
    with database.write() as session:
        for upload in session.scalars(select(UploadRow)):
            if upload.created_at < oldest:
                session.delete(upload)
        session.flush()
        waiting = _uploads(session)
    for folder in uploads_folder.iterdir() if uploads_folder.exists() else ():
        if folder.name not in waiting and (at_start or _last_written(folder) < oldest.timestamp()):
            shutil.rmtree(folder, ignore_errors=True)


def _last_written(folder: Path) -> float:
    """When something in the folder was last written: a slow upload is still coming in; 0 if it is gone."""
    times = [0.0]
    with suppress(OSError):
        times += [path.stat().st_mtime for path in folder.iterdir()]
        times.append(folder.stat().st_mtime)
    return max(times)


def _listed(keys: list[str]) -> str:
    """The first keys and how many there are; a key tells nothing about a patient."""
    more = f" and {len(keys) - MAX_NAMED} more" if len(keys) > MAX_NAMED else ""
    return f"{len(keys)} stored file(s): {', '.join(keys[:MAX_NAMED])}{more}"
