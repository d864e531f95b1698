"""What is added to a project counts for its owner, whoever adds it, and shows that it is still used."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.queries.access import get_project, get_upload, get_volume, get_volume_in_project
from backend.records.volumes import display_shape
from backend.services.planes import parse_plane
from backend.services.quotas import YOU, Quotas, called_by
from storage.database import Database
from storage.models import ProjectRow, UploadRow, VolumeRow


class Additions:
    """Admits what is added, each time with the right that the request wants.

    All raise NotFoundError, ForbiddenError, or QuotaError where the owner has as much as one may have.

    Args:
        note_activity: remembers that something of an owner's was used
            (:meth:`backend.services.workspaces.Workspaces.note_activity`).
    """

    def __init__(self, database: Database, quotas: Quotas, note_activity: Callable[[str], None]) -> None:
        self._database = database
        self._quotas = quotas
        self._note_activity = note_activity

    def volume(self, asker: Asker, project_id: str, new_bytes: int) -> None:
        """A volume of files of this size."""
        owner, called = self._owner(asker, lambda session: get_project(session, asker, project_id))
        self._quotas.require_volume(owner, new_bytes, called)

    def volume_of_upload(self, asker: Asker, upload_id: str) -> None:
        """A volume of files that are there already."""
        owner, called = self._owner(asker, lambda session: get_upload(session, asker, upload_id))
        self._quotas.require_volume(owner, 0, called)

    def on_volume(self, asker: Asker, volume_id: str, new_bytes: int) -> None:
        """What is stored of a volume beside it, such as a painted slice of this size."""
        owner, called = self._owner(asker, lambda session: get_volume(session, asker, volume_id))
        self._quotas.require_bytes(owner, new_bytes, called)

    def to_project(self, asker: Asker, project_id: str, new_bytes: int = 0) -> None:
        """A file of this size, or results of a size not known yet: where a quota is full none is begun."""
        owner, called = self._owner(asker, lambda session: get_project(session, asker, project_id))
        self._quotas.require_bytes(owner, new_bytes, called)

    def on_slice(
        self, asker: Asker, volume_id: str, plane: str
    ) -> tuple[tuple[int, int], Callable[[int], None]]:
        """For a slice that is about to be saved, in one reading of what is stored.

        Returns:
            Rows and columns of the plane's slices in display orientation, and what admits that many bytes.
        """
        chosen = parse_plane(plane)
        with self._database.read() as session:
            volume, project = get_volume_in_project(session, asker, volume_id)
            shape, owner = display_shape(volume, chosen), project.owner
        if asker.role is not None and owner != asker.id:
            self._note_activity(owner)
        called = called_by(asker, owner)
        return shape, lambda new_bytes: self._quotas.require_bytes(owner, new_bytes, called)

    def _owner(
        self, asker: Asker, find: Callable[[Session], ProjectRow | VolumeRow | UploadRow]
    ) -> tuple[str, str]:
        """For whom it counts, and what the asker knows that person as."""
        if asker.role is None:  # nobody logs in, so nothing is shared; whether it exists is seen later
            return asker.id, YOU
        with self._database.read() as session:
            found = find(session)
            project = (
                found if isinstance(found, ProjectRow) else session.get_one(ProjectRow, found.project_id)
            )
        if project.owner != asker.id:
            self._note_activity(project.owner)
        return project.owner, called_by(asker, project.owner)
