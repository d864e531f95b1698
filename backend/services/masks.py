"""Masks: what a run made of a volume."""

from __future__ import annotations

import contextlib
import logging
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFoundError
from backend.services.access import get_mask
from backend.services.meshes import label_surface, to_mz3
from backend.services.summaries import iso
from backend.services.volume_rows import load_volume_row
from fewshot_sam.data.volume import Volume
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import LabelRow, MaskRow, RunRow, VolumeRow

logger = logging.getLogger(__name__)

QUALITY = ("expected_dice", "warning")  # None both where the run could not judge itself


class Masks:
    """Read masks, their bytes and their surfaces."""

    def __init__(self, database: Database, blobs: BlobStore, mesh_folder: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._mesh_folder = mesh_folder

    def get(self, owner: str, mask_id: str) -> dict[str, Any]:
        """The mask with its labels, named as they are called now: mL, expected Dice, warning.

        "slice_doubt": plane to the expected number of wrong voxels on each slice, or None.
        """
        with self._database.read() as session:
            mask = get_mask(session, owner, mask_id)
            return {
                "id": mask.id,
                "volume_id": mask.volume_id,
                "run_id": mask.run_id,
                "created_at": iso(mask.created_at),
                "labels": _with_quality(session, mask),
                "has_confidence": mask.confidence_blob is not None,
                "slice_doubt": mask.slice_doubt,
            }

    def compressed_voxels(self, owner: str, mask_id: str) -> tuple[Path, str]:
        """File with the gzip of the uint8 label values, X fastest, and a tag of its content."""
        with self._database.read() as session:
            key = get_mask(session, owner, mask_id).blob
        return self._blobs.verified_path(key), key

    def compressed_confidence(self, owner: str, mask_id: str) -> tuple[Path, str]:
        """File with the gzip of the uint8 confidence, 255 is certain, X fastest, and a tag of its content.

        Raises NotFoundError when the mask came without one.
        """
        with self._database.read() as session:
            key = _confidence_key(get_mask(session, owner, mask_id))
        return self._blobs.verified_path(key), key

    def confidence(self, owner: str, mask_id: str) -> tuple[Volume, np.ndarray]:
        """The volume and the mask's uint8 (X, Y, Z) confidence. Raises NotFoundError without one."""
        with self._database.read() as session:
            mask = get_mask(session, owner, mask_id)
            key = _confidence_key(mask)
            volume_row = session.get_one(VolumeRow, mask.volume_id)
        x, y, z = mask.shape
        return load_volume_row(volume_row, self._blobs), arrays.load_mask(self._blobs, key, (x, y, z))

    def open(self, owner: str, mask_id: str) -> tuple[MaskRow, Volume, np.ndarray, list[dict[str, Any]]]:
        """The row, the labelled volume, the uint8 (X, Y, Z) label map, and the labels as called now."""
        with self._database.read() as session:
            mask = get_mask(session, owner, mask_id)
            volume_row = session.get_one(VolumeRow, mask.volume_id)
            labels = current_labels(session, mask)
        x, y, z = mask.shape
        volume = load_volume_row(volume_row, self._blobs)
        return mask, volume, arrays.load_mask(self._blobs, mask.blob, (x, y, z)), labels

    def mesh(self, owner: str, mask_id: str, value: int) -> bytes:
        """The label's smoothed surface as MZ3, mm, RAS. Raises NotFoundError when the label is empty."""
        with self._database.read() as session:
            cached = self._mesh_folder / f"{get_mask(session, owner, mask_id).id}-{value}.mz3"
        if cached.exists():
            return cached.read_bytes()
        _, volume, label_map, _ = self.open(owner, mask_id)
        inside = label_map == value
        if value == 0 or not inside.any():
            raise NotFoundError(f"Label {value} is empty in this mask, so it has no surface.")
        mesh = to_mz3(*label_surface(inside, volume.affine))
        _keep(mesh, cached)
        return mesh


def _keep(mesh: bytes, cached: Path) -> None:
    """Put the mesh into the cache, whoever else does so at this moment; it is shown without it too."""
    part = cached.with_suffix(f".{uuid.uuid4().hex}.part")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(mesh)
        part.replace(cached)
    except OSError:
        logger.warning("A surface could not be kept in %s.", cached.parent, exc_info=True)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _confidence_key(mask: MaskRow) -> str:
    if mask.confidence_blob is None:
        raise NotFoundError(
            "This mask has no confidence map: it was made without painted slices on this volume, or by an "
            "earlier version. Paint a slice and propagate again."
        )
    return mask.confidence_blob


def _with_quality(session: Session, mask: MaskRow) -> list[dict[str, Any]]:
    """The labels as called now, with what the run's report says of how well each was learnt."""
    report = session.get_one(RunRow, mask.run_id).report
    return [
        {**label, **{key: report.get(str(label["value"]), {}).get(key) for key in QUALITY}}
        for label in current_labels(session, mask)
    ]


def current_labels(session: Session, mask: MaskRow) -> list[dict[str, Any]]:
    """The mask's labels with name, colour and code as they are now, or were if deleted since."""
    project_id = session.get_one(VolumeRow, mask.volume_id).project_id
    query = select(LabelRow).where(LabelRow.project_id == project_id)
    now = {label.value: label for label in session.scalars(query)}
    labels = []
    for label in mask.labels:
        current = now.get(label["value"])
        renamed = {key: getattr(current, key) for key in ("name", "color", "code")} if current else {}
        labels.append({**label, **renamed})
    return labels
