"""Whether the server can do its work now: disk, database and worker, answered within a second or so.

Concurrency: the looks run in a thread of their own, one at a time, on connections that nothing else
uses; who asks waits ANSWER_S at most. A look that hangs, as on a disk of the network, is not started twice.
"""

from __future__ import annotations

import shutil
import threading
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend.config import GIGABYTE, Config
from backend.records.processes import is_alive
from backend.schemas.health import CheckAnswer, ReadyAnswer
from storage.database import Database
from storage.errors import classify_database_error
from storage.models import ProjectRow, WorkerStatusRow, utc_now

ANSWER_S = 1.0
DATABASE_WAIT_MS = 500
SILENT_WORKER = timedelta(seconds=90)  # an idle one is heard of every 30 s
_NO_ANSWER = CheckAnswer(ok=False, message="It did not answer in time.")


class Readiness:
    """Answers for monitors and load balancers; see :meth:`check`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._database = Database(config.database_url, DATABASE_WAIT_MS)
        self._lock = threading.Lock()  # guards the two below
        self._thread: threading.Thread | None = None
        self._looks: dict[str, CheckAnswer] = {}

    def check(self) -> ReadyAnswer:
        """Whether disk, database and worker are well, with a sentence about each; never raises."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._looks = {}
                self._thread = threading.Thread(
                    target=self._look, args=(self._looks,), name="readiness", daemon=True
                )
                self._thread.start()
            thread, looks = self._thread, self._looks
        thread.join(ANSWER_S)
        found = {name: looks.get(name, _NO_ANSWER) for name in ("disk", "database", "worker")}
        return ReadyAnswer(ready=all(look.ok for look in found.values()), **found)

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self._database.close()

    def _look(self, looks: dict[str, CheckAnswer]) -> None:
        looks["disk"] = self._disk()
        looks["database"] = self._database_look()
        looks["worker"] = self._worker()

    def _disk(self) -> CheckAnswer:
        try:
            free = shutil.disk_usage(self._config.home).free
        except OSError as error:
            return _bad(f"The data folder cannot be read ({error.strerror}).")
        needed = self._config.min_free_bytes
        message = f"{free / GIGABYTE:.1f} GB free"
        if free < needed:
            return _bad(f"{message}, {needed / GIGABYTE:.1f} GB are needed. Free some space.")
        return _good(message)

    def _database_look(self) -> CheckAnswer:
        try:
            with self._database.engine.connect() as watching:
                before = _commits(watching)
                try:
                    with self._database.write() as session:  # takes the lock that a save would take
                        session.execute(sa.select(ProjectRow.id).limit(1))
                except OperationalError as error:
                    # Many short writes are no fault; one that lets nobody else commit is.
                    if classify_database_error(error) != "busy" or _commits(watching) == before:
                        raise
                    return _good("busy with many writes")
        except Exception as error:
            return _bad(_MESSAGES.get(classify_database_error(error) or "", "The database cannot be used."))
        return _good("readable and writable")

    def _worker(self) -> CheckAnswer:
        try:
            with self._database.read() as session:
                status = session.get(WorkerStatusRow, 1)
        except Exception:  # told by the database's own look
            return _bad("Its status cannot be read.")
        if status is None or status.pid is None:
            return _bad("It has not started yet.")
        if is_alive(status.pid) is False:
            return _bad("It is not running; it is started again by itself.")
        if status.heartbeat_at is not None and utc_now() - status.heartbeat_at > SILENT_WORKER:
            return _bad("It has not been heard of for more than a minute and a half.")
        return _bad(status.error) if status.error else _good("running")


_MESSAGES = {
    "busy": "The database is locked by a long write.",
    "full": "The disk of the database is full.",
    "damaged": "The database is damaged, or its disk fails.",
}


def _commits(connection: sa.Connection) -> int:
    """A number that changes with every commit of others; 0 for databases other than SQLite."""
    if connection.dialect.name != "sqlite":
        return 0
    version = connection.exec_driver_sql("PRAGMA data_version").scalar()
    connection.rollback()
    return int(version or 0)


def _good(message: str) -> CheckAnswer:
    return CheckAnswer(ok=True, message=message)


def _bad(message: str) -> CheckAnswer:
    return CheckAnswer(ok=False, message=message)
