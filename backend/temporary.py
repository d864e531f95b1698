"""Temporary files: inside the data folder, where they are private and are swept at each start."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)


def use_temporary_folder(folder: Path) -> None:
    """Send temporary files of this process, its libraries and the processes it starts to ``folder``.

    It is made if it is missing. Raises OSError when it cannot be.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(folder.absolute())
    tempfile.tempdir = None  # asks the environment again


def empty_folder(folder: Path) -> None:
    """Delete all that is in the folder; a link in it is removed, not followed.

    Only at start, when the data folder's lock is held and nothing else uses it.
    """
    if folder.is_symlink():
        logger.warning("%s is a link, so what it leads to is not emptied", folder)
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
