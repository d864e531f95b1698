"""How long a project is kept, when it was last changed, and whether its imports keep no names."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED = ("keep_days", "deidentify", "changed_at", "keep_warned_at")


def upgrade() -> None:
    # The upgrade counts as a change: when projects were changed before was not noted for all changes.
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    for column in (
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("deidentify", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("changed_at", sa.DateTime(), nullable=False, server_default=now),
        sa.Column("keep_warned_at", sa.DateTime(), nullable=True),
    ):
        op.add_column("project", column)


def downgrade() -> None:
    for name in reversed(_ADDED):
        op.drop_column("project", name)
