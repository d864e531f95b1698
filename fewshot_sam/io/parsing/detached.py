"""Open the data file that an NRRD or MetaImage header names, and no other file of the machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from fewshot_sam.errors import ImageFormatError

_FORBIDDEN = frozenset('/\\:%*?"<>|')
"""Separators, drives, patterns; the rest no file name can hold on every system."""


def open_beside(header: Path, named: str) -> BinaryIO:
    """Open the regular file ``named`` in the folder of ``header`` for reading.

    The name must be one plain file name. Links are not followed, so nothing outside the folder
    can be reached; the caller closes the file.

    Raises:
        ImageFormatError: another kind of name, or no such file.
    """
    if not _is_plain(named):
        raise not_beside(header, named)
    try:
        descriptor = _open_in_folder(header.parent, named)
    except (OSError, ValueError) as error:
        raise not_beside(header, named) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise not_beside(header, named)
    return os.fdopen(descriptor, "rb")


def not_beside(header: Path, named: str) -> ImageFormatError:
    """The error for voxels that are not in one file beside the header."""
    shown = named[:80].encode("utf-8", "replace").decode("utf-8")
    return ImageFormatError(
        f"The voxels of '{header.name}' must be in one file beside it, but its header names "
        f"'{shown}'. Give both files together, or save the image as one .nrrd or .mha file."
    )


def _is_plain(named: str) -> bool:
    if named in ("", ".", "..") or len(named) > 255 or not named.isprintable() or named != named.strip():
        return False
    lists_files = named.split()[0].upper() == "LIST"
    return not (lists_files or _FORBIDDEN & set(named))


def _open_in_folder(folder: Path, named: str) -> int:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):  # Windows
        if not stat.S_ISREG((folder / named).lstat().st_mode):
            raise OSError(f"'{named}' is no regular file")
        return os.open(folder / named, flags)
    folder_descriptor = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)
    try:
        return os.open(named, flags, dir_fd=folder_descriptor)
    finally:
        os.close(folder_descriptor)
