"""Previews and surfaces that the worker is asked to make."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_request",
        sa.Column("key", sa.String(length=150), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("mask_id", sa.String(length=32), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name=op.f("fk_media_request_volume_id_volume"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mask_id"], ["mask.id"], name=op.f("fk_media_request_mask_id_mask"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_media_request")),
    )


def downgrade() -> None:
    op.drop_table("media_request")
