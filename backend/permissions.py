"""Data of patients is for the user who runs the server: modes of the data folder and all in it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from backend.config import Config
from backend.home_lock import LOCK_NAME
from backend.state import database_files

logger = logging.getLogger(__name__)
UMASK = 0o077
_FOR_OTHERS = 0o077


def restrict_new_files() -> None:
    """Files made from now on, by this process and those it starts, are for this user only."""
    os.umask(UMASK)


def tighten(config: Config) -> None:
    """Take the rights of group and others from what earlier versions made.

    Only what belongs to this user; links are not followed. What cannot be changed is named in the log.
    """
    if os.name == "nt":
        return
    refused = [str(path) for path in _ours(config) if not _tighten(path)]
    if refused:
        logger.warning(
            "%d files can be read by others and their mode cannot be changed, such as %s",
            len(refused),
            ", ".join(refused[:3]),
        )


def _ours(config: Config) -> Iterator[Path]:
    home = config.home.resolve()
    yield home
    yield from (home / LOCK_NAME, config.identity_file, *database_files(config))
    folders = (config.log_file.parent, config.uploads_folder, config.blobs_folder, config.bin_folder)
    media = (config.mesh_folder, config.preview_folder)
    for folder in (*folders, *media, config.cache_folder, config.temporary_folder):
        if folder.is_symlink():
            continue
        yield folder
        for parent, folder_names, file_names in os.walk(folder):  # does not follow links
            yield from (Path(parent, name) for name in (*folder_names, *file_names))


def _tighten(path: Path) -> bool:
    """False if others may use the path and that could not be changed."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) or not status.st_mode & _FOR_OTHERS:
            return True
        if (
            status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX
        ):  # someone else's, or shared as /tmp
            return False
        path.chmod(stat.S_IMODE(status.st_mode) & ~_FOR_OTHERS)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
