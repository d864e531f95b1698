"""The plane that a person chose last for a volume of a project: an import may turn that volume afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_CHOSEN = """
UPDATE project SET plane = (
    SELECT plane FROM volume WHERE project_id = project.id AND plane_chosen
    ORDER BY encoding_requested_at DESC, created_at DESC, id LIMIT 1
)
"""


def upgrade() -> None:
    op.add_column("project", sa.Column("plane", sa.String(length=8), nullable=True))
    op.execute(_CHOSEN)


def downgrade() -> None:
    op.drop_column("project", "plane")
