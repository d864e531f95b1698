"""Where the app is, which is above this package and so is started, not imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from fewshot_sam.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]


def server_folder(package: Path = PACKAGE) -> Path:
    """The folder that holds app.py, backend/, storage/ and ui/.

    Args:
        package: the folder of the package fewshot_sam.

    Returns:
        ``fewshot_sam/server`` where the program is installed, the project's folder in a checkout.

    Raises:
        UserError: there is neither, as when the package was copied without the rest.
    """
    for folder in (package / "server", package.parent):
        if (folder / "app.py").is_file() and (folder / "backend" / "check.py").is_file():
            return folder
    raise UserError(
        f"The app must be at {package / 'server'} or {package.parent}, but it is at neither. "
        "Install the program with pip, or start this from a checkout of the project."
    )


def become(module: str, options: Sequence[str]) -> NoReturn:
    """Replace this process by ``python -m module options``, with the app's folder on Python's path.

    Raises:
        UserError: the app is not there.
    """
    paths = filter(None, [str(server_folder()), os.environ.get("PYTHONPATH")])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    # -P: a folder named backend where the command is given must not be taken for ours
    os.execve(sys.executable, [sys.executable, "-P", "-m", module, *options], environment)
