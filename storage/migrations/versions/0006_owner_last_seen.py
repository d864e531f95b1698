"""Remember when an owner last changed something, so that unused workspaces can expire."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("owner", sa.Column("last_seen_at", sa.DateTime(), nullable=True))
    # Whoever was here before is counted from today, not from a time nobody noted.
    owner = sa.table("owner", sa.column("last_seen_at", sa.DateTime()))
    op.execute(owner.update().values(last_seen_at=datetime.now(UTC).replace(tzinfo=None)))


def downgrade() -> None:
    op.drop_column("owner", "last_seen_at")
