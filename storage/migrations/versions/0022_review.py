"""The review of a volume: its state, its steps, checked slices and comments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_VOLUME = "volume_id"


def upgrade() -> None:
    op.add_column("volume", sa.Column("review", sa.String(length=16), nullable=True))
    op.create_table(
        "review_step",
        sa.Column("id", sa.Integer(), nullable=False),
        _volume_id(),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signed", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _of_volume("review_step"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_step")),
    )
    op.create_index(op.f("ix_review_step_volume_id"), "review_step", [_VOLUME])
    op.create_table(
        "checked_slice",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("slice_index", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["review_step.id"],
            name=op.f("fk_checked_slice_step_id_review_step"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("step_id", "plane", "slice_index", name=op.f("pk_checked_slice")),
    )
    _create_comments()


def _create_comments() -> None:
    op.create_table(
        "review_comment",
        sa.Column("id", sa.String(length=32), nullable=False),
        _volume_id(),
        sa.Column("reply_to", sa.String(length=32), nullable=True),
        sa.Column("plane", sa.String(length=8), nullable=False),
        sa.Column("voxel", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _of_volume("review_comment"),
        sa.ForeignKeyConstraint(
            ["reply_to"],
            ["review_comment.id"],
            name=op.f("fk_review_comment_reply_to_review_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comment")),
    )
    op.create_index(op.f("ix_review_comment_volume_id"), "review_comment", [_VOLUME])
    op.create_index(op.f("ix_review_comment_reply_to"), "review_comment", ["reply_to"])


def _volume_id() -> sa.Column[str]:
    return sa.Column(_VOLUME, sa.String(length=32), nullable=False)


def _of_volume(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_volume_id_volume")
    return sa.ForeignKeyConstraint([_VOLUME], ["volume.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("review_comment")
    op.drop_table("checked_slice")
    op.drop_table("review_step")
    op.drop_column("volume", "review")
