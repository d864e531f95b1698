"""What the worker process last said about itself."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.models import WorkerStatusRow


def worker_status(session: Session) -> WorkerStatusRow | None:
    """The status of the worker; None before one ever started."""
    return session.get(WorkerStatusRow, 1)
