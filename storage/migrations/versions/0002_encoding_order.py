"""Remember when encoding was asked for: the volume on screen goes before others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("volume", sa.Column("encoding_requested_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE volume SET encoding_requested_at = created_at")


def downgrade() -> None:
    op.drop_column("volume", "encoding_requested_at")
