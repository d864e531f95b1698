"""What people deleted and can have back, and which mask of a volume somebody made the current one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_item",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("deleted_by", sa.String(length=64), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f("fk_deleted_item_project_id_project"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_deleted_item")),
    )
    op.create_index(op.f("ix_deleted_item_project_id"), "deleted_item", ["project_id"])
    op.create_index(op.f("ix_deleted_item_deleted_at"), "deleted_item", ["deleted_at"])
    op.add_column("mask", sa.Column("made_current_at", sa.DateTime(), nullable=True))
    op.add_column("mask", sa.Column("made_current_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    # A schema without this table would show what was deleted again, so it goes for good.
    for table in ("label", "volume", "project"):
        op.execute(f"DELETE FROM {table} WHERE id IN (SELECT item_id FROM deleted_item)")
    op.drop_column("mask", "made_current_by")
    op.drop_column("mask", "made_current_at")
    op.drop_table("deleted_item")
