"""How a scan differs from those that the model of its mask was fitted on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mask", sa.Column("domain_shift", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("mask", "domain_shift")
