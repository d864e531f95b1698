"""One server per data folder: a second would take the first one's running jobs for leftovers."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from fewshot_sam.errors import UserError


def lock_home(home: Path) -> FileLock:
    """Hold the data folder until released or until this process ends, by whatever means.

    Raises:
        UserError: another server uses the folder.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "server.lock")
    try:
        lock.acquire(timeout=3)  # a server that was just told to stop may need a moment
    except Timeout:
        raise UserError(
            f"Another server is using the data folder {home}. "
            "Stop it, or set FEWSHOT_SAM_HOME to another folder."
        ) from None
    return lock
