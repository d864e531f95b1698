"""Which encoder and seed a run was asked for, and what its model was made with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ADDED: tuple[tuple[str, str, Any], ...] = (
    ("run", "encoder", sa.String(1000)),
    ("run", "seed", sa.Integer()),
    ("model", "method", sa.String(32)),
    ("model", "encoder_name", sa.String(1000)),
    ("model", "seed", sa.Integer()),
)


def upgrade() -> None:
    for table, name, kind in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, name, _ in reversed(_ADDED):
        op.drop_column(table, name)
