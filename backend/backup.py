"""``python -m backend.backup``: what ``python -m fewshot_sam backup`` starts; see docs/cli.md.

Changes nothing in the data folder, and may run beside the server. Exit codes: 0 the backup is whole, 1 it
was made, but files that the database names are lost, 2 an error of the user's, and none was made.
"""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.blobs import REMEDIES
from backend.config import Config
from backend.errors import StartError
from backend.http.tokens import KEY_FILE
from backend.programs import FAULTS_FOUND, require_data_folder, run_program
from backend.state import examine, start_errors
from fewshot_sam import __version__
from fewshot_sam.errors import UserError
from fewshot_sam.io.limits import size_text
from storage.backup import BackupSource, write_backup
from storage.backup_format import Manifest
from storage.database import sqlite_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a backup and say what is in it."""
    parser = argparse.ArgumentParser(prog="fewshot_sam backup")
    parser.add_argument("file", type=Path)
    args = parser.parse_args(arguments)
    return run_program("backup", lambda: _back_up(Config.from_environment(), args.file))


def _back_up(config: Config, target: Path) -> int:
    with start_errors(config):
        _require_data(config)
        source = BackupSource(
            config.database_url,
            config.blobs_folder,
            config.home / KEY_FILE,
            __version__,
            config.start_wait_s,
        )
        try:
            manifest = write_backup(source, target.absolute())
        except OSError as error:
            raise UserError(_target_text(error, target)) from error
    sys.stdout.writelines(f"FAULT: {_lost_text(key)}\n" for key in manifest.lost)
    sys.stdout.write(f"{target}: {_summary(manifest)}\n")
    return FAULTS_FOUND if manifest.lost else 0


def _require_data(config: Config) -> None:
    require_data_folder(config)
    if sqlite_file(config.database_url) is None:
        raise UserError(
            "The database is on a server of its own. Back it up with that server's own program "
            f"(for PostgreSQL: pg_dump), and then copy {config.blobs_folder}: in this order, all files "
            "that the copy of the database names are in the copy of the folder."
        )
    if examine(config, check_pages=True).is_empty:
        raise StartError(f"There is nothing to back up in {config.home}: nothing was ever stored there.")


def _summary(manifest: Manifest) -> str:
    blobs = sum(file.name.startswith("blobs/") for file in manifest.files)
    return f"the database and {blobs} stored file(s), {size_text(manifest.size)} unpacked"


def _lost_text(key: str) -> str:
    remedy = REMEDIES.get(key.partition(".")[2], "make it again")
    return f"{key} is missing or damaged and is not in the backup; take it from an earlier one, or {remedy}."


def _target_text(error: OSError, target: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"There is no room for the backup beside {target}. Free some space, or choose another disk."
    reason = error.strerror or str(error)
    return f"The backup cannot be written to {target} ({reason}). Choose another place."


if __name__ == "__main__":
    sys.exit(main())
