"""The private folder of a reading child: made, measured, read without trust, and removed.

A hostile file may have taken the child over, so its folder may hold links, pipes, deep trees and
files of any size in the place of an answer.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PREFIX = "fewshot-sam-read-"
MAX_ENTRIES = 50_000


class InvalidAnswerError(Exception):
    """The child's answer breaks the protocol; the text says how."""


@contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder, mode 0700, below ``parent`` (default: the system's folder for temporary files).

    It is removed afterwards; if this process is killed it stays, under a name that starts with PREFIX.
    """
    if parent is not None:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent and parent.absolute()))
    try:
        yield folder
    finally:
        remove_folder(folder)


def used_bytes(folder: Path, max_bytes: int, apart: Collection[str] = ()) -> int:
    """Disk taken by the files below ``folder``; counting ends above ``max_bytes`` or MAX_ENTRIES.

    Files of the folder itself that are named ``apart`` do not count.
    """
    not_counted = {str(folder / name) for name in apart}
    total = entries = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.path not in not_counted:
                        status = entry.stat(follow_symlinks=False)
                        total += getattr(status, "st_blocks", status.st_size // 512) * 512
                    if total > max_bytes or entries > MAX_ENTRIES:
                        return max_bytes + 1
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError:  # a path too long to follow: no reader makes such a tree
            return max_bytes + 1
    return total


def open_file(folder: Path, name: str) -> BinaryIO:
    """Open a file that the child left: a plain file of one name, never what a link points to.

    Raises:
        InvalidAnswerError: there is none, or it is a link, a pipe or a folder.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(folder / name, flags)
    except OSError as error:
        raise InvalidAnswerError(f"{name} cannot be opened") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise InvalidAnswerError(f"{name} is not a plain file")
    return os.fdopen(descriptor, "rb")


def read_bounded(folder: Path, name: str, max_bytes: int) -> bytes:
    """The bytes of a file that the child left. Raises InvalidAnswerError above ``max_bytes``."""
    with open_file(folder, name) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise InvalidAnswerError(f"{name} has more than {max_bytes} bytes")
    return content


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it, however deep; what cannot be removed stays."""
    try:
        while _remove_two_levels(folder):
            pass
        folder.rmdir()
    except OSError:
        return


def _remove_two_levels(folder: Path) -> bool:
    """Delete files, and move folders of the second level to the first; False when nothing is left.

    So no path grows long and nothing is called in itself, whatever the depth of the tree.
    """
    moved = 0
    with os.scandir(folder) as entries:
        first = [(Path(entry.path), entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_folder in first:
        if not is_folder:
            path.unlink()
            continue
        path.chmod(0o700)
        for below in list(path.iterdir()):
            if below.is_dir() and not below.is_symlink():
                moved += 1
                below.rename(folder / f"{PREFIX}{os.urandom(8).hex()}")
            else:
                below.unlink()
        path.rmdir()
    return moved > 0
