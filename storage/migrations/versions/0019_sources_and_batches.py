"""What runs and models learnt from; predictions of many volumes; a mask's mean confidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("sources", sa.JSON(), nullable=True))
    op.add_column("model", sa.Column("sources", sa.JSON(), nullable=True))
    op.add_column("mask", sa.Column("mean_confidence", sa.Double(), nullable=True))
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("model_id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_batch_project_id_project"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_batch_model_id_model"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_project_id"), "batch", ["project_id"])
    op.create_index(op.f("ix_batch_model_id"), "batch", ["model_id"])
    op.create_table(
        "batch_volume",
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_volume_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name=op.f("fk_batch_volume_volume_id_volume"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_batch_volume_run_id_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("batch_id", "volume_id", name=op.f("pk_batch_volume")),
    )
    op.create_index(op.f("ix_batch_volume_volume_id"), "batch_volume", ["volume_id"])
    op.create_index(op.f("ix_batch_volume_run_id"), "batch_volume", ["run_id"])


def downgrade() -> None:
    op.drop_table("batch_volume")
    op.drop_table("batch")
    op.drop_column("mask", "mean_confidence")
    op.drop_column("model", "sources")
    op.drop_column("run", "sources")
