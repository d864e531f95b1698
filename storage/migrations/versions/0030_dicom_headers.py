"""The headers of the DICOM files that a volume came from, in a blob beside the voxels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("volume", sa.Column("headers_blob", sa.String(length=80), nullable=True))
    op.create_index("ix_volume_headers_blob", "volume", ["headers_blob"])


def downgrade() -> None:
    op.drop_index("ix_volume_headers_blob", "volume")
    op.drop_column("volume", "headers_blob")
