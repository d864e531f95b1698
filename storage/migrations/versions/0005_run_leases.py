"""Say which worker holds a running job and until when; take the model to go on from out of the settings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = "warm_start_model_id"
_ADDED: tuple[tuple[str, str, Any], ...] = (
    ("run", _KEY, sa.String(32)),
    ("run", "worker_token", sa.String(32)),
    ("run", "lease_until", sa.DateTime()),
    ("volume", "encoding_worker", sa.String(32)),
    ("volume", "encoding_turn_at", sa.DateTime()),
    ("worker_status", "token", sa.String(32)),
    ("worker_status", "heartbeat_at", sa.DateTime()),
)
_RUN = sa.table(
    "run", sa.column("id", sa.String), sa.column("settings", sa.JSON), sa.column(_KEY, sa.String)
)  # fmt: skip


def upgrade() -> None:
    for table, name, kind in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    for run_id, settings in _runs():
        if isinstance(settings, dict) and _KEY in settings:
            model_id = settings.pop(_KEY)
            known = model_id if isinstance(model_id, str) and len(model_id) <= 32 else None
            _write(run_id, settings, known)


def downgrade() -> None:
    connection = op.get_bind()
    for run_id, model_id in connection.execute(sa.select(_RUN.c.id, _RUN.c[_KEY])).all():
        if model_id is not None:
            settings = connection.scalar(sa.select(_RUN.c.settings).where(_RUN.c.id == run_id)) or {}
            _write(run_id, {**settings, _KEY: model_id}, model_id)
    for table, name, _ in reversed(_ADDED):
        op.drop_column(table, name)


def _runs() -> list[Any]:
    return list(op.get_bind().execute(sa.select(_RUN.c.id, _RUN.c.settings)).all())


def _write(run_id: str, settings: dict[str, Any], model_id: str | None) -> None:
    values: dict[str, Any] = {"settings": settings, _KEY: model_id}
    op.execute(_RUN.update().where(_RUN.c.id == run_id).values(values))
