"""The colours of unrelated pictures, in a blob beside the voxels, which are their luminance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("volume", sa.Column("colour_blob", sa.String(length=80), nullable=True))
    op.create_index("ix_volume_colour_blob", "volume", ["colour_blob"])


def downgrade() -> None:
    op.drop_index("ix_volume_colour_blob", "volume")
    op.drop_column("volume", "colour_blob")
