"""What runs here: encoder, device, version."""

from __future__ import annotations

from typing import Any

from backend.config import Config
from storage.database import Database
from storage.models import WorkerStatusRow


class System:
    """Facts about the server for the status line."""

    def __init__(self, database: Database, config: Config, version: str) -> None:
        self._database = database
        self._config = config
        self._version = version

    def describe(self) -> dict[str, Any]:
        """The API's system object; the encoder's text is empty until the worker has loaded it."""
        with self._database.read() as session:
            status = session.get(WorkerStatusRow, 1)
        return {
            "encoder": status.encoder if status else "",
            "device": status.device if status else "",
            "worker_error": status.error if status else None,
            "version": self._version,
            "multi_user": self._config.multi_user,
            "max_upload_bytes": self._config.max_upload_bytes,
        }
