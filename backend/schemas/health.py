"""What the server answers about itself to whoever watches over it."""

from __future__ import annotations

from backend.schemas.parts import ApiAnswer


class HealthAnswer(ApiAnswer):
    """The server answers."""

    status: str


class CheckAnswer(ApiAnswer):
    """Whether one thing the server needs is well, and a sentence about it."""

    ok: bool
    message: str


class ReadyAnswer(ApiAnswer):
    """Whether the server can do its work; ``check`` stands alone when the checks did not end in time."""

    ready: bool
    disk: CheckAnswer | None = None
    database: CheckAnswer | None = None
    worker: CheckAnswer | None = None
    check: CheckAnswer | None = None
