"""What a label is in a terminology; of earlier labels nobody said so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("label", sa.Column("term", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("label", "term")
