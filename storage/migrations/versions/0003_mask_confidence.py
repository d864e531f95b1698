"""Keep with a mask how sure it is of each voxel, and how much doubt each slice holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mask", sa.Column("confidence_blob", sa.String(80), nullable=True))
    op.add_column("mask", sa.Column("slice_doubt", sa.JSON(), nullable=True))
    op.create_index("ix_mask_confidence_blob", "mask", ["confidence_blob"])


def downgrade() -> None:
    op.drop_index("ix_mask_confidence_blob", "mask")
    op.drop_column("mask", "slice_doubt")
    op.drop_column("mask", "confidence_blob")
