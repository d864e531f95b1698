"""What the programs behind ``fewshot_sam check``, ``backup``, ``users`` and others have in common."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

from backend.config import Config
from backend.permissions import restrict_new_files
from fewshot_sam.errors import UserError

FAULTS_FOUND, USER_ERROR, INTERRUPTED = 1, 2, 130


def run_program(name: str, action: Callable[[], int]) -> int:
    """Do ``action`` and return its exit code; an error of the user's is one line and code 2."""
    restrict_new_files()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of volumes may not be in its encoding
    try:
        return action()
    except UserError as error:
        sys.stderr.write(f"fewshot_sam {name}: {' '.join(str(error).split())}\n")
        return USER_ERROR
    except KeyboardInterrupt:
        sys.stderr.write(f"fewshot_sam {name}: stopped\n")
        return INTERRUPTED


def require_data_folder(config: Config) -> None:
    """Raise UserError unless the data folder is there."""
    if not config.home.is_dir():
        raise UserError(f"There is no data folder at {config.home}. Set FEWSHOT_SAM_HOME to yours.")
