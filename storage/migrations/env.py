"""Alembic's entry point; always given an open connection by storage.database."""

from typing import Any, Literal

from alembic import context

from storage import accounts, batches, deleted, readings, reviews  # noqa: F401  # they load the tables of storage.models too
from storage.models import UtcDateTime


def render_plainly(kind: str, item: Any, _autogen_context: Any) -> str | Literal[False]:
    """Migrations outlive our own types, so they name the column type underneath."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=batches.Base.metadata,
    render_as_batch=True,
    render_item=render_plainly,
)
with context.begin_transaction():
    context.run_migrations()
