"""Which slices a run suggests to paint next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mask", sa.Column("next_slices", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("mask", "next_slices")
