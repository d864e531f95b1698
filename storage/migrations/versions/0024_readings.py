"""Blind readings of volumes, how far they agree, and their merges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("volume", sa.Column("is_reading", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "reading",
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("of_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of_first_at", sa.DateTime(), nullable=True),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("revealed_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *(_to_volume("reading", name) for name in ("volume_id", "of_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_reading_project_id_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_reading")),
    )
    for name in ("of_id", "project_id", "reader"):
        op.create_index(op.f(f"ix_reading_{name}"), "reading", [name])
    op.create_table(
        "reading_agreement",
        sa.Column("first_id", sa.String(length=32), nullable=False),
        sa.Column("second_id", sa.String(length=32), nullable=False),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("slices", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *(_to_volume("reading_agreement", name) for name in ("first_id", "second_id")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_reading_agreement")),
    )
    op.create_index(op.f("ix_reading_agreement_second_id"), "reading_agreement", ["second_id"])
    op.create_table(
        "reading_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _to_volume("reading_merge", "volume_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_merge")),
    )
    op.create_index(op.f("ix_reading_merge_volume_id"), "reading_merge", ["volume_id"])


def downgrade() -> None:
    for table in ("reading_merge", "reading_agreement", "reading"):
        op.drop_table(table)
    op.drop_column("volume", "is_reading")


def _to_volume(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_volume")
    return sa.ForeignKeyConstraint([column], ["volume.id"], name=name, ondelete="CASCADE")
