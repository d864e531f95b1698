"""One database: an engine, short sessions for reading and writing, and migration to the newest schema.

Concurrency: several threads of the web process and one worker process share the file. SQLite
allows one writer at a time; ``write`` begins IMMEDIATE so that a writer waits (``BUSY_TIMEOUT_MS``)
before it reads, and never fails half-way for a stale snapshot. Sessions must be short: nothing
slow may run inside one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 30_000


class Database:
    """Sessions on the database at ``url``. Close with :meth:`close`; closing twice is harmless."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = sa.create_engine(url, pool_size=10, max_overflow=40)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _configure_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
        self._writing_engine = self._engine.execution_options(fewshot_sam_write=True)

    def migrate(self) -> None:
        """Bring the schema, of an empty or an older database, to the newest revision."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        if engine.dialect.name == "sqlite":
            # Foreign keys off: a migration that rebuilds a table must not cascade into its children.
            sa.event.listen(engine, "connect", _configure_sqlite_for_migration)
            sa.event.listen(engine, "begin", _begin_sqlite)
        with engine.execution_options(fewshot_sam_write=True).begin() as connection:
            command.upgrade(alembic_config(connection), "head")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and writes nothing."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock; committed at the end, rolled back by an exception."""
        with Session(self._writing_engine, expire_on_commit=False) as session, session.begin():
            session.connection()  # takes the lock now, before anything is read
            yield session

    @property
    def engine(self) -> sa.Engine:
        """For tests and tools that look at the schema."""
        return self._engine

    def close(self) -> None:
        """Close pooled connections."""
        self._engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite file at ``path``."""
    return str(sa.URL.create("sqlite", database=str(path)))


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's configuration to run our migrations on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _configure_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions on its own: _begin_sqlite does, with the right kind.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    # The timeout comes first: switching to WAL needs a lock that another process may hold.
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _configure_sqlite_for_migration(dbapi_connection: Any, record: Any) -> None:
    _configure_sqlite(dbapi_connection, record)
    dbapi_connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("fewshot_sam_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
