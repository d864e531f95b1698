"""Versions of painted slices. The largest version of a slice is the latest, whatever the order of rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select
from sqlalchemy.orm import Session, undefer

from backend.schemas.enums import SliceState
from fewshot_sam.data.planes import Plane
from storage.deleted import WITH_DELETED
from storage.models import AnnotationRow, LabelRow, RunRow, VolumeRow
from storage.readings import is_compared


def select_versions(volume: VolumeRow, plane: Plane, slice_index: int) -> Select[AnnotationRow]:
    """All versions of a slice, the latest first."""
    return (
        select(AnnotationRow)
        .where(
            AnnotationRow.volume_id == volume.id,
            AnnotationRow.plane == plane.value,
            AnnotationRow.slice_index == slice_index,
        )
        .order_by(AnnotationRow.version.desc())
    )


def find_version(
    session: Session, volume: VolumeRow, plane: Plane, slice_index: int, version: int | None = None
) -> AnnotationRow | None:
    """A version of a slice, by default the latest; None if it was never saved."""
    query = select_versions(volume, plane, slice_index)
    if version is not None:
        query = query.where(AnnotationRow.version == version)
    return session.scalar(query.limit(1))


def latest_annotations(session: Session, volume_id: str, plane: str | None = None) -> list[AnnotationRow]:
    """The latest version of every slice ever saved, by plane and index; label maps load on access.

    Args:
        plane: of this plane only.
    """
    query = select(AnnotationRow).join(*_latest([volume_id]))
    if plane is not None:
        query = query.where(AnnotationRow.plane == str(plane))
    return list(session.scalars(query.order_by(AnnotationRow.plane, AnnotationRow.slice_index)))


def held_slices(session: Session, volume_id: str, before: datetime | None = None) -> list[AnnotationRow]:
    """The latest version of every slice that is not cleared, or what it was at a moment, the oldest first;
    label maps are loaded."""
    query = select(AnnotationRow).join(*_latest([volume_id], before))
    query = query.where(AnnotationRow.state != SliceState.CLEARED).options(undefer(AnnotationRow.data))
    return list(session.scalars(query.order_by(AnnotationRow.id)))


def annotations_of_run(session: Session, run: RunRow) -> list[AnnotationRow]:
    """The versions of slices that a run started from, by index; label maps load on access."""
    wanted = run.annotation_versions
    query = select(AnnotationRow).where(
        AnnotationRow.volume_id == run.volume_id,
        AnnotationRow.plane == run.plane,
        AnnotationRow.version.in_(set(wanted.values())),
    )
    rows = session.scalars(query.order_by(AnnotationRow.slice_index))
    return [row for row in rows if wanted.get(str(row.slice_index)) == row.version]


def painted_counts(session: Session, volume_ids: Collection[str]) -> dict[str, dict[Plane, int]]:
    """By volume and plane, how many slices are painted in their latest version."""
    query = (
        select(AnnotationRow.volume_id, AnnotationRow.plane, func.count())
        .join(*_latest(volume_ids))
        .where(AnnotationRow.state == SliceState.PAINTED)
        .group_by(AnnotationRow.volume_id, AnnotationRow.plane)
    )
    counts = {volume_id: dict.fromkeys(Plane, 0) for volume_id in volume_ids}
    for volume_id, plane, count in session.execute(query):
        counts[volume_id][Plane(plane)] = count
    return counts


def latest_versions(session: Session, volume_id: str, plane: Plane) -> dict[SliceState, dict[int, int]]:
    """By state, the latest version of each slice of a plane by its index."""
    versions: dict[SliceState, dict[int, int]] = {state: {} for state in SliceState}
    for row in latest_annotations(session, volume_id, plane):
        versions[SliceState(row.state)][row.slice_index] = row.version
    return versions


def painted_values(session: Session, volume_id: str, plane: Plane) -> set[int]:
    """The label values on the painted slices of a plane, in their latest versions."""
    latest = latest_annotations(session, volume_id, plane.value)
    return {value for row in latest if row.state == SliceState.PAINTED for value in row.values}


def annotations_with_label(session: Session, label: LabelRow) -> list[AnnotationRow]:
    """The latest versions, in all volumes of the label's project, on which the label is painted.

    Volumes that are deleted count: they can be restored, and what is painted on them has to have its label.
    Readings that were revealed do not: they stay as they are, and a label that is gone is left out of them.
    """
    query = select(VolumeRow.id).where(VolumeRow.project_id == label.project_id, ~is_compared(VolumeRow.id))
    volumes = session.scalars(query, execution_options=WITH_DELETED).all()
    return [
        annotation
        for volume_id in volumes
        for annotation in latest_annotations(session, volume_id)
        if label.value in annotation.values
    ]


def _latest(
    volume_ids: Collection[str], before: datetime | None = None
) -> tuple[Subquery, ColumnElement[bool]]:
    """What to join annotations with, so that the largest version of each slice of the volumes remains."""
    slice_of = (AnnotationRow.volume_id, AnnotationRow.plane, AnnotationRow.slice_index)
    largest = select(*slice_of, func.max(AnnotationRow.version).label("version"))
    largest = largest.where(AnnotationRow.volume_id.in_(volume_ids))
    if before is not None:
        largest = largest.where(AnnotationRow.created_at <= before)
    latest = largest.group_by(*slice_of).subquery()
    return latest, and_(
        AnnotationRow.volume_id == latest.c.volume_id,
        AnnotationRow.plane == latest.c.plane,
        AnnotationRow.slice_index == latest.c.slice_index,
        AnnotationRow.version == latest.c.version,
    )


def changed_since(session: Session, volume_id: str, plane: Plane, moment: datetime) -> bool:
    """Whether a version of a slice of the plane was stored after that moment."""
    later = select(AnnotationRow.id).where(
        AnnotationRow.volume_id == volume_id,
        AnnotationRow.plane == plane.value,
        AnnotationRow.created_at > moment,
    )
    return session.scalar(later.limit(1)) is not None
