"""Call what a mask holds of each slice by the name it has everywhere: uncertainty."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("mask", "slice_doubt", new_column_name="slice_uncertainty")


def downgrade() -> None:
    op.alter_column("mask", "slice_uncertainty", new_column_name="slice_doubt")
