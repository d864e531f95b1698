"""Models that came as files: by whom, when, and what the file says of itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model", sa.Column("imported", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("model", "imported")
