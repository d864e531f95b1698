"""Blobs and upload folders that no row names any more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from storage.blobs import BlobStore
from storage.database import Database
from storage.models import Mask, Model, Upload, Volume, utc_now

UPLOAD_LIFETIME = timedelta(hours=6)


@contextmanager
def releasing_blobs(database: Database, blobs: BlobStore) -> Iterator[Session]:
    """A writing session for deletions; afterwards blobs that lost their last row are deleted."""
    with database.write() as session:
        before = _blobs_in_use(session)
        yield session
        session.flush()
        released = before - _blobs_in_use(session)
    release_blobs(database, blobs, released)


def release_blobs(database: Database, blobs: BlobStore, keys: set[str]) -> None:
    """Delete those of ``keys`` that no row names.

    Holds the write lock meanwhile, and importers check in the transaction that adds their row that
    the blob is still there (:func:`require_blob`), so a row never names a missing blob.
    """
    with database.write() as session:
        for key in keys - _blobs_in_use(session):
            blobs.delete(key)


def require_blob(blobs: BlobStore, key: str) -> None:
    """Raise RuntimeError when the blob went between its writing and this transaction."""
    if not blobs.exists(key):
        raise RuntimeError(f"Blob {key} was deleted before its row was written.")


def delete_leftovers(database: Database, blobs: BlobStore) -> None:
    """Delete what an interrupted process left in the blob store. Only at start, when nobody writes."""
    blobs.clear_incoming()
    release_blobs(database, blobs, set(blobs.keys()))


def _blobs_in_use(session: Session) -> set[str]:
    return set(session.scalars(union(select(Volume.voxel_blob), select(Mask.blob), select(Model.blob))))


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
