"""Starting the server's state in an order that leaves nothing behind where it cannot be used."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock

from backend.config import Config
from backend.home_lock import LOCK_NAME, lock_home
from backend.logs import configure_logging
from backend.services import Services, build_services
from backend.state import database_files, examine, open_state, start_errors
from backend.temporary import use_temporary_folder

MIN_FREE_BYTES = 8 * 1024**2
PROBE_BYTES = 64 * 1024


def start_services(config: Config) -> tuple[Services, BaseFileLock]:
    """Lock the data folder and build the services on it. Logs go to the folder's file from here on.

    Raises:
        UserError: why that is not possible. A data folder that is there is as it was before; one that
            was new is gone again.
    """
    with start_errors(config):
        examine(config, check_pages=True)
        _require_space(config.home)
        with _removed_on_failure(_folders_down_to(config.home)):
            lock_file = config.home / LOCK_NAME
            was_there = lock_file.exists()
            lock = lock_home(config.home)
            try:
                with _removed_on_failure(_made_by_a_start(config)):  # only with the lock held
                    return _open(config), lock
            except BaseException:
                if not was_there:
                    # While it is held: who waits for it sees that it is gone, and makes another.
                    lock_file.unlink(missing_ok=True)
                lock.release()
                raise


def _open(config: Config) -> Services:
    _require_writable(config.home)
    state = open_state(config)
    try:
        configure_logging(config.log_file)
        use_temporary_folder(config.temporary_folder)
        return build_services(config, state)
    except BaseException:
        state.database.close()
        raise


def _require_space(home: Path) -> None:
    existing = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if shutil.disk_usage(existing).free < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home))


def _require_writable(home: Path) -> None:
    """Write to the folder, as quotas and disks that went read-only do not show otherwise."""
    with tempfile.TemporaryFile(dir=home) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _removed_on_failure(paths: list[Path]) -> Iterator[None]:
    """Remove, after an exception, those of the files and folders that were not there before.

    Args:
        paths: a folder comes after what is in it.
    """
    made = [path for path in paths if not path.exists()]
    try:
        yield
    except Exception:
        for path in made:
            with suppress(OSError):  # a folder that is not empty stays
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _folders_down_to(home: Path) -> list[Path]:
    """The data folder and those that hold it, innermost first."""
    return [home.absolute(), *home.absolute().parents]


def _made_by_a_start(config: Config) -> list[Path]:
    """What a start makes in the data folder; a folder comes after what is in it."""
    database = [*database_files(config), config.identity_file]
    if database[0].exists():
        database = []  # a log beside it holds its commits, and it names the identity by now
    return [
        *database,
        config.log_file,
        config.log_file.parent,
        config.blobs_folder / "incoming",
        config.blobs_folder,
        config.uploads_folder,
        config.temporary_folder,
    ]
