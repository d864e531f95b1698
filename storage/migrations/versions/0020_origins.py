"""How each label of a painted slice came onto it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("annotation", sa.Column("origins", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("annotation", "origins")
