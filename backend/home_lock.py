"""One server per data folder: a second would take the first one's running jobs for leftovers."""

from __future__ import annotations

import errno
from pathlib import Path

from filelock import FileLock, Timeout

from fewshot_sam.errors import UserError

LOCK_NAME = "server.lock"


def lock_home(home: Path, wait_s: float = 3.0) -> FileLock:
    """Hold the data folder until released or until this process ends, by whatever means.

    Args:
        wait_s: for a server that was just told to stop.

    Raises:
        UserError: another server uses the folder, or its disk has no locks.
        OSError: the folder or its lock file cannot be made or opened.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / LOCK_NAME
    was_there = path.exists()
    # A lock that is the mere existence of a file, as some disks need, would outlive a server that is killed.
    lock = FileLock(path, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise UserError(
            f"Another server is using the data folder {home}. "
            "Stop it, or set FEWSHOT_SAM_HOME to another folder."
        ) from None
    except OSError as error:
        if not was_there:
            path.unlink(missing_ok=True)
        if error.errno != errno.ENOSYS:
            raise
        raise UserError(
            f"The disk of the data folder {home} cannot lock files, so two servers could use it at once. "
            "Set FEWSHOT_SAM_HOME to a folder on another disk."
        ) from error
    return lock
