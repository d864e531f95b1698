"""Unpack a zip from outside without trusting its names or its sizes."""

from __future__ import annotations

import lzma
import shutil
import zipfile
import zlib
from pathlib import Path

from fewshot_sam.errors import ImageFormatError

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 8 * 2**30

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def unpack_zip(
    path: Path, target: Path, *, max_members: int = MAX_MEMBERS, max_bytes: int = MAX_UNPACKED_BYTES
) -> None:
    """Unpack the files of a zip into ``target`` as ``000000_NAME``, in archive order.

    Only the last part of a member's name is used, behind a running number, so no member can be
    written outside ``target`` or over another. The bytes written are counted, not believed.

    Raises:
        ImageFormatError: not a zip, damaged, encrypted, or larger than the limits.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > max_members:
                raise _too_large(path, f"{len(members)} files, the limit is {max_members}")
            if any(member.flag_bits & 1 for member in members):
                raise ImageFormatError(
                    f"'{path.name}' is encrypted. Unpack it and upload the files themselves."
                )
            _unpack(path, archive, members, target, max_bytes)
    except _DAMAGED as error:
        raise ImageFormatError(
            f"'{path.name}' is not a readable zip file. Check that it is complete and not renamed."
        ) from error


def _unpack(
    path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, max_bytes: int
) -> None:
    left = max_bytes
    for number, member in enumerate(members):
        with archive.open(member) as packed, (target / _safe_name(number, member)).open("wb") as file:
            while block := packed.read(min(2**20, left + 1)):
                left -= len(block)
                if left < 0:
                    raise _too_large(path, f"more than {max_bytes / 2**30:.3g} GiB")
                file.write(block)
    if not members:
        raise ImageFormatError(f"'{path.name}' holds no files. Zip the folder of images again.")


def _safe_name(number: int, member: zipfile.ZipInfo) -> str:
    last_part = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last_part if letter.isalnum() or letter in "._- ")
    return f"{number:06d}_{kept[-80:]}"


def _too_large(path: Path, what: str) -> ImageFormatError:
    return ImageFormatError(f"'{path.name}' unpacks to {what}. Upload one series at a time.")


def free_bytes(folder: Path) -> int:
    """Free space of the disk that holds ``folder``."""
    return shutil.disk_usage(folder).free
