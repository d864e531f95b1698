"""What owners have: how many rows, how many bytes, since when, and when they last changed something.

What is deleted and can be restored still takes its place, so all of this counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, Text, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.schemas.limits import DEMO_SOURCE
from storage.deleted import WITH_DELETED
from storage.models import (
    AnnotationRow,
    MaskRow,
    ModelRow,
    OwnerRow,
    ProjectRow,
    RunRow,
    UploadRow,
    VolumeRow,
)
from storage.references import ReferenceRow, ReferenceScoreRow
from storage.reviews import ReviewCommentRow, ReviewStepRow

LOCAL_OWNER = "local"
"""Owner of everything where one person uses the server."""
ROW_BYTES = 512
"""A row and its index entries, beside what is large in it."""


@dataclass(frozen=True)
class OwnerContents:
    """What an owner keeps.

    Attributes:
        row_bytes: of runs, of painted slices in all versions, of reviews and of scores.
        blob_keys: voxels, headers, masks, confidences, references and models, each once.
        upload_ids: uploads that wait for a choice of series.
    """

    row_bytes: int
    blob_keys: frozenset[str]
    upload_ids: tuple[str, ...]


def project_count(session: Session, owner: str) -> int:
    """How many projects an owner has."""
    query = select(func.count()).select_from(ProjectRow).where(ProjectRow.owner == owner)
    return session.scalar(query, execution_options=WITH_DELETED) or 0


def volume_count(session: Session, projects: ColumnElement[bool]) -> int:
    """How many volumes projects hold; uploads that wait for a choice count too: each keeps its files."""
    tables: tuple[type[VolumeRow | UploadRow], ...] = (VolumeRow, UploadRow)
    counts = (select(func.count()).select_from(table).join(ProjectRow) for table in tables)
    return sum(session.scalar(count.where(projects), execution_options=WITH_DELETED) or 0 for count in counts)


def contents_of(session: Session, which: ColumnElement[bool]) -> OwnerContents:
    """What of these projects counts towards their owner's share of the disk."""
    projects = select(ProjectRow.id).where(which)
    volumes = select(VolumeRow.id).where(VolumeRow.project_id.in_(projects))
    references = select(ReferenceRow.id).where(ReferenceRow.volume_id.in_(volumes))
    sums = (
        select(_bytes(AnnotationRow.data, AnnotationRow.origins)).where(AnnotationRow.volume_id.in_(volumes)),
        select(_bytes(RunRow.labels, RunRow.settings, RunRow.annotation_versions)).where(
            RunRow.volume_id.in_(volumes)
        ),
        select(_bytes(ReviewStepRow.signed, ReviewStepRow.reason)).where(
            ReviewStepRow.volume_id.in_(volumes)
        ),
        select(_bytes(ReviewCommentRow.text)).where(ReviewCommentRow.volume_id.in_(volumes)),
        select(_bytes(ReferenceScoreRow.scores)).where(ReferenceScoreRow.reference_id.in_(references)),
    )
    row_bytes = sum(session.scalar(query, execution_options=WITH_DELETED) or 0 for query in sums)
    blobs = (
        select(VolumeRow.voxel_blob).where(VolumeRow.project_id.in_(projects)),
        select(VolumeRow.colour_blob).where(VolumeRow.project_id.in_(projects)),
        select(VolumeRow.headers_blob).where(VolumeRow.project_id.in_(projects)),
        select(ModelRow.blob).where(ModelRow.project_id.in_(projects)),
        select(MaskRow.blob).where(MaskRow.volume_id.in_(volumes)),
        select(MaskRow.confidence_blob).where(MaskRow.volume_id.in_(volumes)),
        select(ReferenceRow.blob).where(ReferenceRow.volume_id.in_(volumes)),
    )
    found = (session.scalars(query, execution_options=WITH_DELETED) for query in blobs)
    keys = frozenset(key for of_one_kind in found for key in of_one_kind if key is not None)
    waiting = select(UploadRow.id).where(UploadRow.project_id.in_(projects))
    uploads = session.scalars(waiting, execution_options=WITH_DELETED)
    return OwnerContents(int(row_bytes), keys, tuple(uploads))


def _bytes(*columns: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Of all rows together, what is in these columns and what a row takes beside them."""
    filled = (func.coalesce(func.length(_plain(column)), 0) for column in columns)
    return func.sum(sum(filled, start=literal(ROW_BYTES)))


def _plain(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column as text or bytes: JSON has a length in SQLite alone."""
    return cast(column, Text) if isinstance(column.type, JSON) else column.expression


def is_known(session: Session, owner: str, before: datetime | None = None) -> bool:
    """Whether the owner wrote something here, at any time or before that moment."""
    row = session.get(OwnerRow, owner)
    if row is not None and (before is None or row.created_at < before):
        return True
    # Earlier versions made the owner's row with the demo only.
    projects = select(ProjectRow.id).where(ProjectRow.owner == owner)
    if before is not None:
        projects = projects.where(ProjectRow.created_at < before)
    return session.scalar(projects.limit(1), execution_options=WITH_DELETED) is not None


def has_more_than_demo(session: Session, owner: str) -> bool:
    """Whether the owner added, painted, computed or uploaded something beside the demo project."""
    query = _owners_of_more_than_demo(owner).limit(1)
    return session.scalar(query, execution_options=WITH_DELETED) is not None


def idle_owners(
    session: Session, demo_idle_since: datetime, all_idle_since: datetime | None, limit: int
) -> list[str]:
    """Owners who wrote nothing for long, in one query: there may be thousands who only saw the demo.

    Args:
        demo_idle_since: of those with nothing but the demo, who wrote nothing since then.
        all_idle_since: all others who wrote nothing since then; None for none of them.
    """
    seen_at = func.coalesce(OwnerRow.last_seen_at, OwnerRow.created_at)
    over: ColumnElement[bool] = OwnerRow.id.not_in(_owners_of_more_than_demo())
    if all_idle_since is not None:
        over = or_(over, seen_at <= all_idle_since)
    query = select(OwnerRow.id).where(OwnerRow.id != LOCAL_OWNER, seen_at <= demo_idle_since, over)
    return list(session.scalars(query.order_by(seen_at).limit(limit), execution_options=WITH_DELETED))


def _owners_of_more_than_demo(owner: str | None = None) -> Select[str]:
    """Owners, or this one, who have something beside the demo project."""
    projects = select(ProjectRow.owner)
    if owner is not None:
        projects = projects.where(ProjectRow.owner == owner)
    volumes = projects.join(VolumeRow, VolumeRow.project_id == ProjectRow.id)
    found = union_all(
        volumes.join(AnnotationRow, AnnotationRow.volume_id == VolumeRow.id),
        volumes.join(RunRow, RunRow.volume_id == VolumeRow.id),
        volumes.where(VolumeRow.source_name != DEMO_SOURCE),
        projects.join(ModelRow, ModelRow.project_id == ProjectRow.id),
        projects.join(UploadRow, UploadRow.project_id == ProjectRow.id),
        projects.group_by(ProjectRow.owner).having(func.count() > 1),
    ).subquery()
    return select(found.c.owner)
