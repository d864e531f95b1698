"""The project a newcomer finds: a head MR that comes with an installed package."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy.orm import Session

from backend.queries.volumes import encoded_copy
from backend.records.volumes import store_volume
from backend.schemas.enums import EncodingState
from backend.schemas.limits import DEMO_PROJECT, DEMO_SOURCE, LABEL_PALETTE
from backend.services.labels import add_label
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import OwnerRow, ProjectRow, VolumeRow, utc_now

# Codes are those of fewshot_sam.io.demo.demo_label_map, so that a result can be scored.
LABELS = (("Grey matter", LABEL_PALETTE[0], 1), ("White matter", LABEL_PALETTE[1], 2))
_FACTS = ("name", "source_name", "modality", "geometry", "display", "content_hash", "voxel_blob", "plane")


class Demo:
    """Gives every owner the demo project once; deleted, it does not come back.

    All copies share the voxels, and by their content the embeddings: a copy is a few rows.
    """

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs
        self._one_at_a_time = threading.Lock()
        self._facts: dict[str, Any] | None = None  # of the volume's row, once it was read

    def ensure(self, owner: str) -> bool:
        """Create the demo project if this owner never had it; True if it was created now."""
        if self._had_it(owner):
            return False
        with self._one_at_a_time:
            return not self._had_it(owner) and self._create(owner)

    def _had_it(self, owner: str) -> bool:
        with self._database.read() as session:
            row = session.get(OwnerRow, owner)
            return row is not None and row.demo_created

    def _create(self, owner: str) -> bool:
        facts = self._facts_of_volume()
        with self._database.write() as session:
            if not self._blobs.exists(facts["voxel_blob"]):
                raise RuntimeError("The demo's voxels were deleted while it was copied.")
            project = ProjectRow(owner=owner, name=DEMO_PROJECT)
            session.add(project)
            session.flush()
            for name, color, code in LABELS:
                add_label(session, project, name, color, code)
            volume = VolumeRow(project_id=project.id, **facts)
            _take_over_encoding(session, volume)
            session.add(volume)
            session.merge(OwnerRow(id=owner, demo_created=True, last_seen_at=utc_now()))
        return True

    def _facts_of_volume(self) -> dict[str, Any]:
        """Columns of the demo's row; its file is read the first time, and when the voxels are gone."""
        if self._facts is None or not self._blobs.exists(self._facts["voxel_blob"]):
            from fewshot_sam.io.demo import (
                demo_volume,  # reads a file of an installed package; a second's work
            )

            row = store_volume(demo_volume(), self._blobs, "", DEMO_SOURCE)
            self._facts = {name: getattr(row, name) for name in _FACTS}
        return self._facts


def _take_over_encoding(session: Session, volume: VolumeRow) -> None:
    """A copy of a volume whose slices are encoded has nothing left to encode."""
    encoded = encoded_copy(session, volume)
    if encoded is not None:
        volume.encoding_state, volume.encoding_done = EncodingState.DONE, encoded.encoding_done
