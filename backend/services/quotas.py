"""How much one owner may keep on a server that several people use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.config import GIGABYTE, Config
from backend.errors import QuotaError
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import AnnotationRow, MaskRow, ModelRow, ProjectRow, RunRow, UploadRow, VolumeRow

COUNTED_FOR_S = 30.0
MAX_REMEMBERED = 1000
ROW_BYTES = 512  # a row and its index entries, beside what is large in it
_RUN_BYTES = func.coalesce(
    func.sum(
        func.length(RunRow.labels)
        + func.length(RunRow.settings)
        + func.length(RunRow.annotation_versions)
        + ROW_BYTES
    ),
    0,
)


class Quotas:
    """Checks what an owner has before more is added. Limits of None are no limits.

    The bytes of an owner are counted again every COUNTED_FOR_S, and between two counts what was
    admitted is added to them.
    """

    def __init__(self, database: Database, blobs: BlobStore, config: Config) -> None:
        self._database = database
        self._blobs = blobs
        self._config = config
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()  # owner: counted when, bytes

    def require_project(self, owner: str) -> None:
        """Raise QuotaError when the owner has as many projects as one may have."""
        limit = self._config.max_projects
        if limit is None:
            return
        query = select(func.count()).select_from(ProjectRow).where(ProjectRow.owner == owner)
        with self._database.read() as session:
            if (session.scalar(query) or 0) >= limit:
                raise QuotaError(f"You can have at most {limit} projects on this server. Delete one first.")

    def require_volume(self, owner: str, new_bytes: int) -> None:
        """Raise QuotaError when the owner has as many volumes, or bytes, as one may have."""
        limit = self._config.max_volumes
        if limit is not None:
            with self._database.read() as session:
                # Uploads that wait for a choice of series count too: each keeps its files.
                if sum(_count_of(session, owner, table) for table in (VolumeRow, UploadRow)) >= limit:
                    raise QuotaError(
                        f"You can have at most {limit} volumes on this server. Delete one first."
                    )
        self.require_bytes(owner, new_bytes)

    def require_bytes(self, owner: str, new_bytes: int) -> None:
        """Raise QuotaError when ``new_bytes`` more are over what the owner may keep; count them else."""
        limit = self._config.max_owner_bytes
        if limit is None:
            return
        with self._lock:
            counted_s, used = self._used.get(owner, (float("-inf"), 0))
        if time.monotonic() - counted_s > COUNTED_FOR_S:
            counted_s, used = time.monotonic(), self._count(owner)
        if used + new_bytes > limit:
            raise QuotaError(
                f"You can keep at most {limit / GIGABYTE:.3g} GB on this server, and it is used up. "
                "Delete a volume or a project you no longer need."
            )
        with self._lock:
            self._used[owner] = (counted_s, used + new_bytes)
            self._used.move_to_end(owner)
            while len(self._used) > MAX_REMEMBERED:
                self._used.popitem(last=False)

    def forget(self, owner: str) -> None:
        """Count again at the next check: something was deleted."""
        with self._lock:
            self._used.pop(owner, None)

    def _count(self, owner: str) -> int:
        """Bytes of the owner's voxels, masks, models, runs, painted slices in all versions, and uploads."""
        projects = select(ProjectRow.id).where(ProjectRow.owner == owner)
        volumes = select(VolumeRow.id).where(VolumeRow.project_id.in_(projects))
        a_version = func.length(AnnotationRow.data) + ROW_BYTES
        painted = select(func.coalesce(func.sum(a_version), 0))
        with self._database.read() as session:
            total = session.scalar(painted.where(AnnotationRow.volume_id.in_(volumes))) or 0
            total += session.scalar(select(_RUN_BYTES).where(RunRow.volume_id.in_(volumes))) or 0
            keys = _blob_keys(session, owner)
            uploads = list(session.scalars(select(UploadRow.id).where(UploadRow.project_id.in_(projects))))
        total += sum(_size(self._blobs.path(key)) for key in keys)
        for upload in uploads:
            total += folder_bytes(self._config.uploads_folder / upload)
        return int(total)


def folder_bytes(folder: Path) -> int:
    """Size of the files in a folder and below it; 0 when it is not there."""
    return sum(_size(path) for path in folder.rglob("*")) if folder.is_dir() else 0


def _count_of(session: Session, owner: str, table: type[VolumeRow] | type[UploadRow]) -> int:
    query = select(func.count()).select_from(table).join(ProjectRow).where(ProjectRow.owner == owner)
    return session.scalar(query) or 0


def _blob_keys(session: Session, owner: str) -> set[str]:
    projects = select(ProjectRow.id).where(ProjectRow.owner == owner)
    volumes = select(VolumeRow.id).where(VolumeRow.project_id.in_(projects))
    queries = (
        select(VolumeRow.voxel_blob).where(VolumeRow.project_id.in_(projects)),
        select(ModelRow.blob).where(ModelRow.project_id.in_(projects)),
        select(MaskRow.blob).where(MaskRow.volume_id.in_(volumes)),
        select(MaskRow.confidence_blob).where(MaskRow.volume_id.in_(volumes)),
    )
    return {key for query in queries for key in session.scalars(query) if key is not None}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # deleted meanwhile
        return 0
