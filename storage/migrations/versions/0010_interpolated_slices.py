"""Slices that are filled in between painted ones: the word for them needs a wider column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("annotation") as table:
        table.alter_column("state", existing_type=sa.String(8), type_=sa.String(16), existing_nullable=False)


def downgrade() -> None:
    # Earlier versions know no such slices; cleared is what they count as in a run.
    op.execute("UPDATE annotation SET state = 'cleared', \"values\" = '[]' WHERE state = 'interpolated'")
    with op.batch_alter_table("annotation") as table:
        table.alter_column("state", existing_type=sa.String(16), type_=sa.String(8), existing_nullable=False)
