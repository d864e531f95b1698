"""Files that no row names any more: blobs, embeddings and upload folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from fewshot_sam.cache import EmbeddingCache
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import Mask, Model, Upload, Volume, utc_now

UPLOAD_LIFETIME = timedelta(hours=6)


class Housekeeping:
    """Deletes what rows no longer name: blobs, embeddings of volumes and surfaces of masks."""

    def __init__(
        self, database: Database, blobs: BlobStore, cache: EmbeddingCache, mesh_folder: Path
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._cache = cache
        self._mesh_folder = mesh_folder

    @contextmanager
    def deleting(self) -> Iterator[Session]:
        """A writing session for deletions; afterwards files that lost their last row are deleted."""
        with self._database.write() as session:
            blobs_before, volumes_before = _blobs_in_use(session), _hashes_in_use(session)
            masks_before = _masks(session)
            yield session
            session.flush()
            released = blobs_before - _blobs_in_use(session)
            gone = volumes_before - _hashes_in_use(session)
            gone_masks = masks_before - _masks(session)
        self.release_blobs(released)
        for content_hash in gone:
            self._cache.remove_volume(content_hash)
        for mask_id in gone_masks:
            for path in self._mesh_folder.glob(f"{mask_id}-*"):
                path.unlink(missing_ok=True)

    def release_blobs(self, keys: set[str]) -> None:
        """Delete those of ``keys`` that no row names.

        Holds the write lock meanwhile, and importers check in the transaction that adds their row
        that the blob is still there (:func:`require_blob`), so a row never names a missing blob.
        """
        with self._database.write() as session:
            for key in keys - _blobs_in_use(session):
                self._blobs.delete(key)

    def delete_leftovers(self) -> None:
        """Delete what an interrupted process left. Only at start, when nobody else writes."""
        self._blobs.clear_incoming()
        self.release_blobs(set(self._blobs.keys()))


def require_blob(blobs: BlobStore, key: str) -> None:
    """Raise RuntimeError when the blob went between its writing and this transaction."""
    if not blobs.exists(key):
        raise RuntimeError(f"Blob {key} was deleted before its row was written.")


def _blobs_in_use(session: Session) -> set[str]:
    blobs = set(session.scalars(union(select(Volume.voxel_blob), select(Mask.blob), select(Model.blob))))
    confidences = select(Mask.confidence_blob).where(Mask.confidence_blob.is_not(None))
    return blobs | {key for key in session.scalars(confidences) if key is not None}


def _masks(session: Session) -> set[str]:
    return set(session.scalars(select(Mask.id)))


def _hashes_in_use(session: Session) -> set[str]:
    return set(session.scalars(select(Volume.content_hash).distinct()))


def expire_uploads(database: Database, uploads_folder: Path) -> None:
    """Forget uploads that wait too long for a choice, and remove folders no upload names."""
    with database.write() as session:
        for upload in session.scalars(select(Upload)):
            if upload.created_at < utc_now() - UPLOAD_LIFETIME:
                session.delete(upload)
        session.flush()
        waiting = set(session.scalars(select(Upload.id)))
    oldest = (utc_now() - UPLOAD_LIFETIME).timestamp()
    for folder in uploads_folder.iterdir() if uploads_folder.exists() else ():
        if folder.name not in waiting and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
