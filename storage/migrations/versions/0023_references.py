"""References of volumes, and how masks score against them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name=op.f("fk_reference_volume_id_volume"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference")),
        sa.UniqueConstraint("volume_id", name=op.f("uq_reference_volume_id")),
    )
    op.create_index(op.f("ix_reference_blob"), "reference", ["blob"])
    op.create_table(
        "reference_score",
        sa.Column("reference_id", sa.String(length=32), nullable=False),
        sa.Column("mask_id", sa.String(length=32), nullable=False),
        sa.Column("leave_out", sa.Boolean(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference.id"],
            name=op.f("fk_reference_score_reference_id_reference"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mask_id"], ["mask.id"], name=op.f("fk_reference_score_mask_id_mask"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reference_id", "mask_id", "leave_out", name=op.f("pk_reference_score")),
    )
    op.create_index(op.f("ix_reference_score_mask_id"), "reference_score", ["mask_id"])


def downgrade() -> None:
    op.drop_table("reference_score")
    op.drop_table("reference")
