"""How much one owner may keep on a server that several people use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from backend.asker import Asker
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
_IN_BIN = "What is deleted counts until it is deleted for good, under Deleted."
_DELETE_ONE = f"Delete one for good first. {_IN_BIN}"


def called_by(asker: Asker, owner: str) -> str:
    """The owner of what the asker works on, in a sentence for the asker."""
    return YOU if owner == asker.id else "The owner of this project"


class Quotas:
    """Checks what an owner has before more is added. Limits of None are no limits.

    Projects and volumes are counted in the session that adds one, which holds the write lock, so that of
    requests at the same time none is admitted for what another one adds. The bytes of an owner are counted
    again every COUNTED_FOR_S, and between two counts what was admitted is added to them.
    """

    def __init__(self, database: Database, blobs: BlobStore, config: Config) -> None:
        self._database = database
        self._blobs = blobs
        self._config = config
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()  # owner: counted when, bytes

    def require_project(self, session: Session, owner: str, called: str = YOU) -> None:
        """Raise QuotaError when the owner has as many projects as one may have.

        Args:
            session: the writing one that is to add a project.
            called: the owner, in a sentence for who asks.
        """
        limit = self._config.max_projects
        if limit is not None and project_count(session, owner) >= limit:
            raise QuotaError(f"{called} can have at most {limit} projects on this server. {_DELETE_ONE}")

    def require_volumes(self, session: Session, owner: str, called: str = YOU, count: int = 1) -> None:
        """Raise QuotaError when ``count`` more volumes are over what the owner may have.

        Args:
            session: the writing one that is to add them.
        """
        limit = self._config.max_volumes
        if limit is not None and volume_count(session, ProjectRow.owner == owner) + count > limit:
            raise QuotaError(f"{called} can have at most {limit} volumes on this server. {_DELETE_ONE}")

    def require_volume(self, owner: str, new_bytes: int, called: str = YOU) -> None:
        """Raise QuotaError before a volume is read that would not be stored, for its count or its bytes."""
        with self._database.read() as session:
            self.require_volumes(session, owner, called)
        self.require_bytes(owner, new_bytes, called)

    def require_bytes(self, owner: str, new_bytes: int, called: str = YOU) -> None:
        """Raise QuotaError when ``new_bytes`` more are over what the owner may keep; count them else."""
        limit = self._config.max_owner_bytes
        if limit is None:
            return
        with self._lock:
            found = last = self._used.get(owner, (float("-inf"), 0))
        if time.monotonic() - found[0] > COUNTED_FOR_S:
            found = (time.monotonic(), self._count(ProjectRow.owner == owner))
        with self._lock:
            now = self._used.get(owner, last)
            # What others were admitted meanwhile is in theirs.
            counted_s, used = found if now == last else now
            if used + new_bytes > limit:
                raise QuotaError(
                    f"{called} can keep at most {limit / GIGABYTE:.3g} GB on this server, and it is used up. "
                    f"Delete a volume or a project you no longer need. {_IN_BIN}"
                )
            self._used[owner] = (counted_s, used + new_bytes)
            self._used.move_to_end(owner)
            while len(self._used) > MAX_REMEMBERED:
                self._used.popitem(last=False)

    def forget(self, owner: str) -> None:
        """Count again at the next check: something was deleted."""
        with self._lock:
            self._used.pop(owner, None)

    def require_room(self, session: Session, owner: str, project_id: str, called: str) -> None:
        """Raise QuotaError when the owner cannot take over this project, for its count or its volumes'.

        Args:
            session: the writing one that is to hand it over.
        """
        self.require_project(session, owner, called)
        volumes = volume_count(session, ProjectRow.id == project_id)
        self.require_volumes(session, owner, called, volumes)

    def require_bytes_of(self, owner: str, project_id: str, called: str) -> None:
        """Raise QuotaError when all that is in this project is over what the owner may keep."""
        if self._config.max_owner_bytes is not None:
            self.require_bytes(owner, self._count(ProjectRow.id == project_id), called)

    def _count(self, projects: ColumnElement[bool]) -> int:
        """Bytes of voxels, masks, models, runs, slices in all versions, reviews, scores and uploads."""
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
