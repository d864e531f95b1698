"""What runs here: encoder, device, version."""

from __future__ import annotations

from backend.config import Config
from backend.outlines.link import WorkerLink
from backend.queries.worker import worker_status
from backend.schemas.answers import SystemAnswer
from backend.schemas.enums import PromptKind
from backend.schemas.parts import ArchiveAnswer
from backend.services.choices import Choices
from storage.database import Database


class System:
    """Facts about the server for the status line."""

    def __init__(
        self, database: Database, config: Config, link: WorkerLink, choices: Choices, version: str
    ) -> None:
        self._database = database
        self._choices = choices
        self._config = config
        self._link = link
        self._version = version

    def describe(self) -> SystemAnswer:
        """Encoder and device as the worker told them, and what the configuration allows."""
        with self._database.read() as session:
            status = worker_status(session)
        prompts = self._link.prompts
        return SystemAnswer(
            encoder=status.encoder if status else "",
            device=status.device if status else "",
            worker_error=status.error if status else None,
            prompts=None if prompts is None else [PromptKind(kind) for kind in prompts],
            methods=self._choices.methods(),
            encoders=self._choices.encoders(),
            version=self._version,
            multi_user=self._config.multi_user,
            auth=self._config.auth,
            deidentify=self._config.deidentify,
            max_keep_days=self._config.max_keep_days,
            keep_hours=None if self._config.keep_days is None else self._config.keep_days * 24,
            max_owner_bytes=self._config.max_owner_bytes,
            max_upload_bytes=self._config.max_upload_bytes,
            archives=[
                ArchiveAnswer(id=each.id, name=each.name, store=each.store) for each in self._config.archives
            ],
        )
