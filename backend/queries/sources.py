"""What a propagation learns from: volumes of a project that are painted in one plane.

A run keeps its sources as a list of ``volume_id``, ``name`` and ``annotation_versions`` (slice index, as
JSON has it, to version). They come in the order in which painting of them began, so that a volume that is
painted later comes last, and a fit can go on from one without it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.queries.annotations import latest_versions, painted_counts
from backend.schemas.enums import SliceState
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, VolumeRow
from storage.readings import ReadingRow


def painted_volumes(session: Session, project_id: str, plane: Plane, own_id: str) -> list[VolumeRow]:
    """The project's volumes with a painted slice in the plane, those whose painting began first first.

    Readings are left out but for the run's own volume ``own_id``: while one is blind nothing of it may be
    learnt elsewhere, and afterwards it is its merge that counts.
    """
    readings = select(ReadingRow.volume_id).where(ReadingRow.volume_id != own_id)
    began = (
        select(AnnotationRow.volume_id, func.min(AnnotationRow.id).label("at"))
        .where(AnnotationRow.plane == plane.value)
        .group_by(AnnotationRow.volume_id)
        .subquery()
    )
    query = select(VolumeRow).join(began, began.c.volume_id == VolumeRow.id).order_by(began.c.at)
    query = query.where(VolumeRow.project_id == project_id, VolumeRow.id.not_in(readings))
    volumes = list(session.scalars(query))
    counts = painted_counts(session, [volume.id for volume in volumes])
    return [volume for volume in volumes if counts[volume.id][plane]]


def run_sources(session: Session, volumes: Collection[VolumeRow], plane: Plane) -> list[dict[str, Any]]:
    """Volumes as a run's row keeps them, with the latest versions of their slices."""
    return [
        {
            "volume_id": volume.id,
            "name": volume.name,
            "annotation_versions": reviewed_versions(session, volume, plane),
        }
        for volume in volumes
    ]


def reviewed_versions(session: Session, volume: VolumeRow, plane: Plane) -> dict[str, int]:
    """The version of each slice that is painted or reviewed as empty, by its index as JSON has it."""
    by_state = latest_versions(session, volume.id, plane)
    reviewed = by_state[SliceState.PAINTED] | by_state[SliceState.EMPTY]
    return {str(index): version for index, version in reviewed.items()}
