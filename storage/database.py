"""One database: an engine, short sessions for reading and writing, and migration to the newest schema.

Concurrency: several threads of the web process and one worker process share the file. SQLite
allows one writer at a time; ``write`` begins IMMEDIATE so that a writer waits (``BUSY_TIMEOUT_MS``)
before it reads, and never fails half-way for a stale snapshot. Sessions must be short: nothing
slow may run inside one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from storage.changes import note_changes
from storage.deleted import hide_deleted
from storage.errors import DatabaseUrlError, classify_database_error
from storage.freezing import refuse_frozen
from storage.readings import hide_readings

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 30_000
_CHECKPOINT_WAIT_MS = 200


class Database:
    """Sessions on the database at ``url``. Close with :meth:`close`; closing twice is harmless.

    Args:
        busy_timeout_ms: how long a writer of SQLite waits for another.
        may_create: sessions make a file that is missing. Without it only :meth:`migrate` does: where a file
            is moved away while a server runs, another would not only be empty, but SQLite would delete the
            log that it finds beside it, with the last commits.

    Raises:
        DatabaseUrlError: the URL cannot be understood or its driver is missing.
    """

    def __init__(self, url: str, busy_timeout_ms: int = BUSY_TIMEOUT_MS, *, may_create: bool = False) -> None:
        self.url = url
        self._engine = make_engine(url, pool_size=10, max_overflow=40)
        if self._engine.dialect.name == "sqlite":
            if not may_create:
                sa.event.listen(self._engine, "do_connect", _require_file)
            sa.event.listen(self._engine, "connect", _sqlite_configuration(busy_timeout_ms))
            sa.event.listen(self._engine, "begin", _begin_sqlite)
            sa.event.listen(self._engine, "handle_error", _drop_damaged_connections)
            self._replace_read_only_connections()
        self._writing_engine = self._engine.execution_options(fewshot_sam_write=True)

    def migrate(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        """Bring the schema, of an empty or an older database, to the newest revision."""
        engine = make_engine(self.url, poolclass=sa.NullPool)
        if engine.dialect.name == "sqlite":
            # Foreign keys off: a migration that rebuilds a table must not cascade into its children.
            sa.event.listen(engine, "connect", _sqlite_configuration(busy_timeout_ms, foreign_keys=False))
            sa.event.listen(engine, "begin", _begin_sqlite)
        with engine.execution_options(fewshot_sam_write=True).begin() as connection:
            command.upgrade(alembic_config(connection), "head")

    def forget_deleted(self) -> None:
        """Empty SQLite's write-ahead log, which holds pages as they were before a deletion.

        Left out when readers are busy for longer than a moment; a later call or the last connection's
        end does it then.
        """
        if self._engine.dialect.name != "sqlite":
            return
        engine = make_engine(self.url, poolclass=sa.NullPool)
        sa.event.listen(engine, "do_connect", _require_file)
        sa.event.listen(engine, "connect", _sqlite_configuration(_CHECKPOINT_WAIT_MS))
        with suppress(SQLAlchemyError), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _replace_read_only_connections(self) -> None:
        """Hand out no connection that was made while the file could not be written, once it can be.

        SQLite opens the file for reading then, and every write of that connection would fail for ever.
        """
        path = sqlite_file(self.url)

        def is_read_only() -> bool:
            return path is not None and path.exists() and not os.access(path, os.W_OK)

        def connected(_connection: Any, record: Any) -> None:
            record.info["read_only"] = is_read_only()

        def checked_out(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info.get("read_only") and not is_read_only():
                raise DisconnectionError

        sa.event.listen(self._engine, "connect", connected)
        sa.event.listen(self._engine, "checkout", checked_out)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state, without what is deleted, and writes nothing."""
        with Session(self._engine, expire_on_commit=False) as session:
            sa.event.listen(session, "do_orm_execute", hide_deleted)
            sa.event.listen(session, "do_orm_execute", hide_readings)
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock; committed at the end, rolled back by an exception.

        It sees nothing that is deleted (:mod:`storage.deleted`).

        Raises:
            FrozenError: what was accepted in a review was to be changed (:mod:`storage.freezing`).
        """
        with Session(self._writing_engine, expire_on_commit=False) as session, session.begin():
            sa.event.listen(session, "before_flush", refuse_frozen)
            sa.event.listen(session, "before_flush", note_changes)
            sa.event.listen(session, "do_orm_execute", hide_deleted)
            sa.event.listen(session, "do_orm_execute", hide_readings)
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


def parse_url(url: str) -> sa.URL:
    """The parts of a database's URL. Raises DatabaseUrlError."""
    try:
        return sa.make_url(url)
    except (ArgumentError, ValueError):  # its text may hold a password, so it is not shown
        raise DatabaseUrlError(
            "DATABASE_URL must be a URL such as sqlite:////srv/fewshot-sam.sqlite3 or "
            "postgresql+psycopg://user@host/name, and it is not. Set it right, or unset it."
        ) from None


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for databases of other kinds.

    Raises:
        DatabaseUrlError: the URL cannot be understood, or names a database in memory.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    name = parsed.database or ""
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    if name in ("", ":memory:"):
        raise DatabaseUrlError(
            "DATABASE_URL must name a file for SQLite, as sqlite:////srv/fewshot-sam.sqlite3 does; "
            "a database in memory would be lost at the end. Set it right, or unset it."
        )
    return Path(name)


def make_engine(url: str, creator: Callable[[], Any] | None = None, **options: Any) -> sa.Engine:
    """An engine whose errors do not carry the values of rows, which would end up in logs.

    Raises:
        DatabaseUrlError: the URL cannot be understood or its driver is missing.
    """
    parsed = parse_url(url)
    if creator is not None:
        options = {"creator": creator, "poolclass": sa.NullPool}
    try:
        return sa.create_engine(parsed, hide_parameters=True, **options)
    except NoSuchModuleError:
        raise DatabaseUrlError(
            f"DATABASE_URL asks for a database of the kind {parsed.drivername[:40]!r}, which is not known. "
            "Set it to a sqlite:/// or postgresql+psycopg:// URL, or unset it."
        ) from None
    except ImportError as error:
        raise DatabaseUrlError(
            f"The driver of the database, {error.name or parsed.drivername}, is not installed. "
            f"Install it with pip, or set DATABASE_URL to another database."
        ) from error


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's configuration to run our migrations on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _sqlite_configuration(busy_timeout_ms: int, foreign_keys: bool = True) -> Callable[[Any, Any], None]:
    """Settings of a new connection. The timeout comes first: switching to WAL needs a lock that another
    process may hold."""
    pragmas = (
        f"busy_timeout={busy_timeout_ms}",
        "journal_mode=WAL",
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "synchronous=FULL",
        "secure_delete=ON",  # what was deleted is overwritten in the file
    )

    def configure(dbapi_connection: Any, _record: Any) -> None:
        # The driver must not begin transactions on its own: _begin_sqlite does, with the right kind.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return configure


def _require_file(_dialect: sa.Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    """Connect to a file that is there, and make none."""
    name = str(arguments[0])
    uri = name if name.startswith("file:") else Path(name).absolute().as_uri()
    if "mode=" not in uri:
        uri += f"{'&' if '?' in uri else '?'}mode=rw"
    arguments[0], options["uri"] = uri, True


def _drop_damaged_connections(context: ExceptionContext) -> None:
    """Keep no connection in the pool that met a failing disk: it may not see that the disk is well again."""
    if classify_database_error(context.original_exception) == "damaged":
        context.is_disconnect = True


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("fewshot_sam_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
