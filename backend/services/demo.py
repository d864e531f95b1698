"""The project a newcomer finds: a head MR that comes with an installed package."""

from __future__ import annotations

import threading

from backend.services.labels import add_label
from backend.services.volume_rows import store_volume
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import Owner, Project

PROJECT_NAME = "Demo: head MR"
# Codes are those of fewshot_sam.demo.demo_label_map, so that a result can be scored.
LABELS = (("Grey matter", "#e69f00", 1), ("White matter", "#56b4e9", 2))


class Demo:
    """Gives every owner the demo project once; deleted, it does not come back."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs
        self._one_at_a_time = threading.Lock()

    def ensure(self, owner: str) -> bool:
        """Create the demo project if this owner never had it; True if it was created now."""
        if self._had_it(owner):
            return False
        with self._one_at_a_time:
            return not self._had_it(owner) and self._create(owner)

    def _had_it(self, owner: str) -> bool:
        with self._database.read() as session:
            row = session.get(Owner, owner)
            return row is not None and row.demo_created

    def _create(self, owner: str) -> bool:
        from fewshot_sam.demo import demo_volume  # reads a file of an installed package; a second's work

        volume_row = store_volume(demo_volume(), self._blobs, "", "demo")
        with self._database.write() as session:
            project = Project(owner=owner, name=PROJECT_NAME)
            session.add(project)
            session.flush()
            for name, color, code in LABELS:
                add_label(session, project, name, color, code)
            volume_row.project_id = project.id
            session.add(volume_row)
            session.merge(Owner(id=owner, demo_created=True))
        return True
