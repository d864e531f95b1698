"""What runs and models learnt from; predictions of many volumes; a mask's mean confidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("sources", sa.JSON(), nullable=True))
    op.add_column("model", sa.Column("sources", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("model", "sources")
    op.drop_column("run", "sources")
