"""Who began a reading is in the audit trail alone: its column was never read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("reading", "started_by")


def downgrade() -> None:
    column = sa.Column("started_by", sa.String(length=64), server_default="", nullable=False)
    op.add_column("reading", column)
    op.execute("UPDATE reading SET started_by = (SELECT owner FROM project WHERE id = reading.project_id)")
