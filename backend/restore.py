"""``python -m backend.restore``: what ``python -m fewshot_sam restore`` starts; see docs/cli.md.

The backup is unpacked and checked in a folder inside the data folder, which must be empty, and moved to
its place only when all of it is whole. Exit codes: 0 restored, 1 restored without files that were lost
before the backup was made, 2 an error of the user's, and nothing was restored.
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.config import Config
from backend.home_lock import LOCK_NAME, lock_home
from backend.http.tokens import KEY_FILE
from backend.programs import FAULTS_FOUND, run_program
from backend.state import database_files, start_errors
from fewshot_sam.errors import UserError
from storage.backup_format import COOKIE_KEY_NAME, DATABASE_NAME, Manifest
from storage.blobs import sync_folder
from storage.database import sqlite_file
from storage.errors import BackupError
from storage.identity import write_identity
from storage.inspection import DatabaseFacts
from storage.restore import count_as_change, unpack_backup

PART_PREFIX = ".restoring-"
OF_THE_DISK = (LOCK_NAME, "lost+found")  # what a new folder may hold


def main(arguments: Sequence[str] | None = None) -> int:
    """Restore a backup and say what came back."""
    parser = argparse.ArgumentParser(prog="fewshot_sam restore")
    parser.add_argument("file", type=Path)
    args = parser.parse_args(arguments)
    return run_program("restore", lambda: _restore(Config.from_environment(), args.file))


def _restore(config: Config, archive: Path) -> int:
    if not archive.is_file():
        raise UserError(f"There is no backup at {archive}. Name the file that `fewshot-sam backup` made.")
    with start_errors(config):
        _require_empty(config.home)
        database = _new_database(config)
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock_home(config.home, wait_s=0):
            _require_empty(config.home)
            with _part(config.home) as part:
                manifest, facts = _unpacked(archive, part)
                if manifest.signed_since_s is not None and (part / COOKIE_KEY_NAME).exists():
                    os.utime(part / COOKIE_KEY_NAME, (manifest.signed_since_s,) * 2)
                count_as_change(part / DATABASE_NAME)
                _move(config, part, database, facts)
    lost = len(manifest.lost)
    sys.stdout.write(f"{config.home}: restored {_summary(manifest, facts)}\n")
    if lost:
        sys.stdout.write(
            f"FAULT: {lost} file(s) were lost before the backup was made; `fewshot-sam check` names them.\n"
        )
    return FAULTS_FOUND if lost else 0


def _new_database(config: Config) -> Path:
    """Where the database goes, and nothing is there."""
    path = sqlite_file(config.database_url)
    if path is None:
        raise UserError(
            "DATABASE_URL names a database on a server of its own, and a backup holds a SQLite file. "
            "Unset DATABASE_URL, then restore again."
        )
    for file in database_files(config):
        if os.path.lexists(file):
            raise UserError(f"{file} exists, and a restore overwrites nothing. Move it away.")
    return path


def _require_empty(home: Path) -> None:
    found = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    held = [name for name in found if name not in OF_THE_DISK]
    if held:
        raise UserError(
            f"The data folder {home} must be empty, but it holds {held[0]!r}"
            f"{f' and {len(held) - 1} more' if len(held) > 1 else ''}; a restore overwrites nothing. "
            "Stop the server and move the folder away, or set FEWSHOT_SAM_HOME to a new one."
        )


@contextmanager
def _part(home: Path) -> Iterator[Path]:
    """A folder inside the data folder, on its disk; gone afterwards, with what was not moved."""
    folder = Path(tempfile.mkdtemp(prefix=PART_PREFIX, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(archive: Path, part: Path) -> tuple[Manifest, DatabaseFacts]:
    try:
        return unpack_backup(archive, part)
    except BackupError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise UserError(f"{archive} cannot be restored ({error.strerror}).") from error
        raise UserError(
            f"There is no room for the backup on the disk of {part.parent}. Free some space, then try again."
        ) from error


def _move(config: Config, part: Path, database: Path, facts: DatabaseFacts) -> None:
    """Renamings only, the database next to last: before it is there, a start is refused."""
    (part / "blobs").mkdir(exist_ok=True)
    (part / "blobs").rename(config.blobs_folder)
    if (part / COOKIE_KEY_NAME).exists():
        (part / COOKIE_KEY_NAME).rename(config.home / KEY_FILE)
    _place(part / DATABASE_NAME, database)
    if facts.identity is not None:
        write_identity(config.identity_file, facts.identity)
    sync_folder(config.home)


def _place(file: Path, target: Path) -> None:
    """Move the database, to another disk too, where no file of its name is."""
    try:
        os.link(file, target)
    except FileExistsError:
        raise UserError(f"{target} exists, and a restore overwrites nothing. Move it away.") from None
    except OSError:  # another disk, or one without hard links
        with file.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
    sync_folder(target.parent)


def _summary(manifest: Manifest, facts: DatabaseFacts) -> str:
    return f"the backup of {manifest.made_at}: the database and {len(facts.named_blobs)} stored file(s)"


if __name__ == "__main__":
    sys.exit(main())
