"""How much one owner may keep on a server that several people use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import ColumnElement

from backend.config import GIGABYTE, Config
from backend.errors import QuotaError
from backend.queries.owners import contents_of, project_count, volume_count
from fewshot_sam.data.folders import files_below
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import ProjectRow

COUNTED_FOR_S = 30.0
MAX_REMEMBERED = 1000
YOU = "You"


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

    def require_project(self, owner: str, called: str = YOU) -> None:
        """Raise QuotaError when the owner has as many projects as one may have.

        Args:
            called: the owner, in a sentence for who asks.
        """
        limit = self._config.max_projects
        if limit is None:
            return
        with self._database.read() as session:
            if project_count(session, owner) >= limit:
                raise QuotaError(
                    f"{called} can have at most {limit} projects on this server. Delete one first."
                )

    def require_volume(self, owner: str, new_bytes: int, called: str = YOU, count: int = 1) -> None:
        """Raise QuotaError when ``count`` more volumes, or their bytes, are over what the owner may have."""
        limit = self._config.max_volumes
        if limit is not None:
            with self._database.read() as session:
                if volume_count(session, ProjectRow.owner == owner) + count > limit:
                    raise QuotaError(
                        f"{called} can have at most {limit} volumes on this server. Delete one first."
                    )
        self.require_bytes(owner, new_bytes, called)

    def require_bytes(self, owner: str, new_bytes: int, called: str = YOU) -> None:
        """Raise QuotaError when ``new_bytes`` more are over what the owner may keep; count them else."""
        limit = self._config.max_owner_bytes
        if limit is None:
            return
        with self._lock:
            counted_s, used = self._used.get(owner, (float("-inf"), 0))
        if time.monotonic() - counted_s > COUNTED_FOR_S:
            counted_s, used = time.monotonic(), self._count(ProjectRow.owner == owner)
        if used + new_bytes > limit:
            raise QuotaError(
                f"{called} can keep at most {limit / GIGABYTE:.3g} GB on this server, and it is used up. "
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

    def require_room(self, owner: str, project_id: str, called: str) -> None:
        """Raise QuotaError when the owner cannot take over this project, with all that is in it."""
        project = ProjectRow.id == project_id
        self.require_project(owner, called)
        with self._database.read() as session:
            volumes = volume_count(session, project)
        self.require_volume(owner, self._count(project), called, volumes)

    def _count(self, projects: ColumnElement[bool]) -> int:
        """Bytes of voxels, masks, models, runs, painted slices in all versions, and uploads of projects."""
        with self._database.read() as session:
            contents = contents_of(session, projects)
        total = contents.row_bytes + sum(_size(self._blobs.path(key)) for key in contents.blob_keys)
        return total + sum(folder_bytes(self._config.uploads_folder / name) for name in contents.upload_ids)


def folder_bytes(folder: Path) -> int:
    """Size of the files in a folder and below it. What is gone, before or while they are counted, is 0."""
    return sum(file.st_size for file in files_below(folder))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # deleted meanwhile
        return 0
