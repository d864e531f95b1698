"""Initial schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owner",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("demo_created", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owner"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("next_label_value", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
    )
    op.create_index("ix_project_owner", "project", ["owner"])

    op.create_table(
        "worker_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("encoder", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=50), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker_status"),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_label_project_id_project", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_label"),
        sa.UniqueConstraint("project_id", "code", name="uq_label_project_id_code"),
        sa.UniqueConstraint("project_id", "value", name="uq_label_project_id_value"),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_upload_project_id_project", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_table(
        "volume",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source_name", sa.String(length=255), nullable=False),
        sa.Column("modality", sa.String(length=8), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.Column("display", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("voxel_blob", sa.String(length=80), nullable=False),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("plane_chosen", sa.Boolean(), nullable=False),
        sa.Column("first_slice", sa.Integer(), nullable=True),
        sa.Column("encoding_state", sa.String(length=8), nullable=False),
        sa.Column("encoding_token", sa.Integer(), nullable=False),
        sa.Column("encoding_done", sa.Integer(), nullable=False),
        sa.Column("encoding_eta_s", sa.Double(), nullable=True),
        sa.Column("encoding_error", sa.Text(), nullable=True),
        sa.Column("encoding_attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_volume_project_id_project", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_volume"),
    )
    op.create_index("ix_volume_project_id", "volume", ["project_id"])
    op.create_index("ix_volume_voxel_blob", "volume", ["voxel_blob"])

    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("slice_index", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name="fk_annotation_volume_id_volume", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotation"),
        sa.UniqueConstraint(
            "volume_id",
            "plane",
            "slice_index",
            "version",
            name="uq_annotation_volume_id_plane_slice_index_version",
        ),
    )
    op.create_table(
        "model",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=True),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("encoder", sa.String(length=200), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_model_project_id_project", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name="fk_model_volume_id_volume", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
    )
    op.create_index("ix_model_blob", "model", ["blob"])
    op.create_index("ix_model_project_id", "model", ["project_id"])

    op.create_table(
        "run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("annotation_versions", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("model_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=100), nullable=False),
        sa.Column("fraction", sa.Double(), nullable=False),
        sa.Column("eta_s", sa.Double(), nullable=True),
        sa.Column("loss", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name="fk_run_model_id_model", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name="fk_run_volume_id_volume", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_state_created_at", "run", ["state", "created_at"])
    op.create_index("ix_run_volume_id", "run", ["volume_id"])

    op.create_table(
        "mask",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_mask_run_id_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name="fk_mask_volume_id_volume", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mask"),
    )
    op.create_index("ix_mask_blob", "mask", ["blob"])
    op.create_index("ix_mask_run_id", "mask", ["run_id"])
    op.create_index("ix_mask_volume_id", "mask", ["volume_id"])


def downgrade() -> None:
    op.drop_index("ix_mask_volume_id", "mask")
    op.drop_index("ix_mask_run_id", "mask")
    op.drop_index("ix_mask_blob", "mask")

    op.drop_table("mask")
    op.drop_index("ix_run_volume_id", "run")
    op.drop_index("ix_run_state_created_at", "run")

    op.drop_table("run")
    op.drop_index("ix_model_project_id", "model")
    op.drop_index("ix_model_blob", "model")

    op.drop_table("model")
    op.drop_table("annotation")
    op.drop_index("ix_volume_voxel_blob", "volume")
    op.drop_index("ix_volume_project_id", "volume")

    op.drop_table("volume")
    op.drop_table("upload")
    op.drop_table("label")
    op.drop_table("worker_status")
    op.drop_index("ix_project_owner", "project")

    op.drop_table("project")
    op.drop_table("owner")
