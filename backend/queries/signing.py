"""What an acceptance signs: the mask, the latest version of every slice, the labels, and a hash of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from backend.queries.annotations import latest_annotations, painted_counts
from backend.queries.masks import current_labels
from backend.queries.newest import CURRENT_SINCE
from backend.queries.projects import labels_of
from storage.models import AnnotationRow, MaskRow, VolumeRow


def newest_mask(session: Session, volume: VolumeRow) -> MaskRow | None:
    """The current mask of a volume that is no draft: the newest, or the one that was made current since."""
    query = select(MaskRow).where(MaskRow.volume_id == volume.id, MaskRow.draft.is_(False))
    return session.scalar(query.order_by(CURRENT_SINCE.desc(), MaskRow.id).limit(1))


def is_labelled(session: Session, volume: VolumeRow) -> bool:
    """Whether a slice of a volume is painted, or it has a mask."""
    painted = any(painted_counts(session, [volume.id])[volume.id].values())
    return painted or newest_mask(session, volume) is not None


def holds_anything(session: Session, volume: VolumeRow) -> bool:
    """Whether something was said of a volume: a slice was saved, an empty one too, or it has a mask."""
    saved = select(AnnotationRow.id).where(AnnotationRow.volume_id == volume.id).limit(1)
    return session.scalar(saved) is not None or newest_mask(session, volume) is not None


def signature(session: Session, volume: VolumeRow) -> dict[str, Any]:
    """What is stored of the volume now, as JSON: ``mask_id``, ``mask_blob`` (which has its content's hash),
    ``versions`` (by plane, of each slice by its index), ``labels`` on it, ``exported`` (the label values that
    the mask's exports name), and ``hash``.

    The hash is the SHA-256 of the voxels' hash, the mask's, each slice's place, version, state and stored
    bytes, and the labels' values, codes and names.
    """
    mask = newest_mask(session, volume)
    ids = [row.id for row in latest_annotations(session, volume.id)]
    query = select(AnnotationRow).where(AnnotationRow.id.in_(ids)).options(undefer(AnnotationRow.data))
    order = (AnnotationRow.plane, AnnotationRow.slice_index)
    versions: dict[str, dict[str, int]] = {}
    masked = current_labels(session, mask) if mask else []
    slices, values = [], {label["value"] for label in masked if label.get("voxels")}
    for row in session.scalars(query.order_by(*order)):
        versions.setdefault(row.plane, {})[str(row.slice_index)] = row.version
        content = hashlib.sha256(row.data).hexdigest()
        slices.append([row.plane, row.slice_index, row.version, row.state, content])
        values |= set(row.values)
    labels = [
        {"value": label.value, "code": label.code, "name": label.name}
        for label in labels_of(session, volume.project_id)
        if label.value in values
    ]
    blob = mask.blob if mask else None
    hashed = json.dumps([volume.content_hash, blob, slices, labels], sort_keys=True)
    return {
        "mask_id": mask.id if mask else None,
        "mask_blob": blob,
        "versions": versions,
        "labels": labels,
        "exported": [label["value"] for label in masked],
        "hash": hashlib.sha256(hashed.encode()).hexdigest(),
    }
