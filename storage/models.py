"""Tables: projects, their labels and volumes, painted slices by version, runs, models and masks.

Every change here needs a migration in ``storage/migrations/versions``; a test compares the two.
Large binary data is kept in the blob store and rows hold its key (:mod:`storage.blobs`); a painted
slice is small and is stored in its row, so that one commit makes it safe.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def new_id() -> str:
    """A random key of 32 hex digits; unguessable, so ids of other owners cannot be walked."""
    return uuid.uuid4().hex


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes; SQLite would drop the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class OwnerRow(Base):
    """A person, or a browser in multi-user mode; remembers what was set up for them once."""

    __tablename__ = "owner"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    demo_created: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime | None]  # the last day something was changed; by the day, see workspaces
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ProjectRow(Base):
    __tablename__ = "project"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    next_label_value: Mapped[int] = mapped_column(default=1)  # values are not reused while 255 last
    deidentify: Mapped[bool] = mapped_column(default=False, server_default=false())  # its imports
    plane: Mapped[str | None] = mapped_column(String(8))  # that a person chose last, for whatever volume
    keep_days: Mapped[int | None]  # after the last change; None keeps it, see backend.queries.retention
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)  # see storage.changes
    keep_warned_at: Mapped[datetime | None]  # since when the page says that it will be deleted
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    labels: Mapped[list[LabelRow]] = relationship(order_by="LabelRow.value", viewonly=True)
    volumes: Mapped[list[VolumeRow]] = relationship(order_by="VolumeRow.created_at", viewonly=True)


class LabelRow(Base):
    """A structure to paint. ``value`` is in painted bytes, ``code`` in exported files."""

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("project_id", "value"), UniqueConstraint("project_id", "code"))
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    value: Mapped[int]  # 1..255
    code: Mapped[int]  # 1..65535
    name: Mapped[str] = mapped_column(String(200))
    color: Mapped[str] = mapped_column(String(7))  # "#rrggbb"
    term: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # a SegmentTerm's to_dict


class VolumeRow(Base):
    __tablename__ = "volume"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    source_name: Mapped[str] = mapped_column(String(255))  # the uploaded file's name
    modality: Mapped[str] = mapped_column(String(8))
    geometry: Mapped[dict[str, Any]]  # see backend.records.volumes
    display: Mapped[dict[str, Any]]  # value_range, window, presets
    content_hash: Mapped[str] = mapped_column(String(64))
    voxel_blob: Mapped[str] = mapped_column(String(80), index=True)
    colour_blob: Mapped[str | None] = mapped_column(String(80), index=True)  # of pictures in colour
    headers_blob: Mapped[str | None] = mapped_column(String(80), index=True)  # of its DICOM files
    plane: Mapped[str] = mapped_column(String(8))
    plane_chosen: Mapped[bool] = mapped_column(default=False)
    first_slice: Mapped[int | None]  # encoded first: the slice on screen
    encoding_state: Mapped[str] = mapped_column(String(8), default="pending")  # pending running done failed
    encoding_token: Mapped[int] = mapped_column(default=0)  # raised whenever encoding must start over
    encoding_requested_at: Mapped[datetime | None] = mapped_column(default=utc_now)  # the latest goes first
    encoding_done: Mapped[int] = mapped_column(default=0)
    encoding_eta_s: Mapped[float | None]
    encoding_error: Mapped[str | None] = mapped_column(Text)
    encoding_attempts: Mapped[int] = mapped_column(default=0)
    encoding_worker: Mapped[str | None] = mapped_column(String(32))  # token of the worker that runs it
    encoding_turn_at: Mapped[datetime | None]  # when a worker last took it: owners take turns
    review: Mapped[str | None] = mapped_column(String(16))  # see storage.reviews
    is_reading: Mapped[bool] = mapped_column(default=False, server_default=false())  # see storage.readings
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class AnnotationRow(Base):
    """One version of one painted slice; rows are only ever added. The highest version counts."""

    __tablename__ = "annotation"
    __table_args__ = (UniqueConstraint("volume_id", "plane", "slice_index", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"))
    plane: Mapped[str] = mapped_column(String(8))
    slice_index: Mapped[int]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))  # painted empty cleared interpolated
    author: Mapped[str] = mapped_column(String(64))
    values: Mapped[list[Any]]  # label values present, ascending
    # how each label came onto the slice, see backend.records.origins; None in versions of earlier releases
    origins: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rows: Mapped[int]
    columns: Mapped[int]
    # zlib of uint8 (rows, columns), display orientation
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class RunRow(Base):
    """A propagation or prediction job, with what it started from and what became of it."""

    __tablename__ = "run"
    __table_args__ = (Index(None, "state", "created_at"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str | None] = mapped_column(String(64))  # a person as in project.owner; None: the owner
    kind: Mapped[str] = mapped_column(String(16))  # propagate predict
    plane: Mapped[str] = mapped_column(String(8))
    settings: Mapped[dict[str, Any]]
    # Chosen beside the settings, see backend.choices; None in runs of earlier versions.
    encoder: Mapped[str | None] = mapped_column(String(1000))
    seed: Mapped[int | None]
    annotation_versions: Mapped[dict[str, Any]]  # slice index (text, as JSON has it) to version
    # Of a propagation, what it learns from, see backend.queries.sources; None: its own volume alone.
    sources: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    labels: Mapped[list[Any]]  # the project's labels when the run was asked for
    model_id: Mapped[str | None] = mapped_column(ForeignKey("model.id", ondelete="SET NULL"))  # made or used
    state: Mapped[str] = mapped_column(String(16), default="queued")  # running done failed cancelled
    stage: Mapped[str] = mapped_column(String(100), default="Waiting")
    fraction: Mapped[float] = mapped_column(default=0.0)
    eta_s: Mapped[float | None]
    loss: Mapped[list[Any]] = mapped_column(default=list)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    cancel_requested_at: Mapped[datetime | None]
    # The model that the fit continues from, chosen by the server. Checked by the worker, so no foreign key.
    warm_start_model_id: Mapped[str | None] = mapped_column(String(32))
    worker_token: Mapped[str | None] = mapped_column(String(32))  # the worker that runs it
    lease_until: Mapped[datetime | None]  # renewed by that worker while it lives
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ModelRow(Base):
    """A fitted model of a project; outlives the run and the volume it came from."""

    __tablename__ = "model"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    volume_id: Mapped[str | None] = mapped_column(ForeignKey("volume.id", ondelete="SET NULL"))
    plane: Mapped[str] = mapped_column(String(8))
    encoder: Mapped[str] = mapped_column(String(200))  # the encoder's signature
    # What its run was asked for; None in models of earlier versions.
    method: Mapped[str | None] = mapped_column(String(32))
    encoder_name: Mapped[str | None] = mapped_column(String(1000))
    seed: Mapped[int | None]
    # What it learnt from, in order: volume_id, name, slices. None in models of earlier versions: its volume.
    sources: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    # of one that came as a file: by, at, sha256 of the file, title, author, licence; None: fitted here
    imported: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    labels: Mapped[list[Any]]
    blob: Mapped[str] = mapped_column(String(80), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MaskRow(Base):
    """A run's label map of a whole volume."""

    __tablename__ = "mask"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    shape: Mapped[list[Any]]
    labels: Mapped[list[Any]]  # value, code, name, color, voxels, volume_ml
    blob: Mapped[str] = mapped_column(String(80), index=True)
    # uint8, 255 is certain; None where the method could not tell
    confidence_blob: Mapped[str | None] = mapped_column(String(80), index=True)
    # plane to the expected number of wrong voxels on each of its slices
    slice_uncertainty: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # what to paint next, the best first: plane, slice_index, labels (values), reason, change
    next_slices: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    # of the voxels that hold a label, 0..1; None where the method, or an earlier version, did not tell
    mean_confidence: Mapped[float | None]
    # how the scan differs from those its model was fitted on: plane, slices to paint, sentence and figures;
    # None where it does not, or was not compared
    domain_shift: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # from the painted slices alone, until the run's own mask takes its place
    draft: Mapped[bool] = mapped_column(default=False, server_default=false())
    # when and by whom it was made the current one again, see backend.queries.newest
    made_current_at: Mapped[datetime | None]
    made_current_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class UploadRow(Base):
    """Files that hold several DICOM series and wait for a choice."""

    __tablename__ = "upload"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    choices: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MediaRequestRow(Base):
    """A request for a volume's preview or a label's surface; the worker makes it and deletes the row."""

    __tablename__ = "media_request"
    key: Mapped[str] = mapped_column(String(150), primary_key=True)  # name of the file
    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"))
    mask_id: Mapped[str | None] = mapped_column(ForeignKey("mask.id", ondelete="CASCADE"))  # of a surface
    value: Mapped[int | None]  # the label's
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)  # why it could not be made
    requested_at: Mapped[datetime] = mapped_column(default=utc_now)


class WorkerStatusRow(Base):
    """One row, id 1: what the worker process last said about itself."""

    __tablename__ = "worker_status"
    id: Mapped[int] = mapped_column(primary_key=True)
    pid: Mapped[int | None]
    token: Mapped[str | None] = mapped_column(String(32))
    heartbeat_at: Mapped[datetime | None]  # renewed while the process lives
    encoder: Mapped[str] = mapped_column(String(200), default="")
    device: Mapped[str] = mapped_column(String(50), default="")
    error: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class FolderIdentityRow(Base):
    """One row, id 1: the data folder this database belongs to; see :mod:`storage.identity`."""

    __tablename__ = "folder_identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(BigInteger)
