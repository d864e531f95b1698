"""Unpack a zip from outside without trusting its names or its sizes."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.images import natural_key

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 8 * 2**30

_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, ValueError)


def unpack_zip(
    path: Path, target: Path, *, max_members: int = MAX_MEMBERS, max_bytes: int = MAX_UNPACKED_BYTES
) -> None:
    """Unpack the files of a zip into ``target`` as ``000000_NAME``, numbered in natural order.

    Only the last part of a member's name is used, behind a running number, so no member can be
    written outside ``target`` or over another. Sizes are checked as stated and as unpacked.
    Hidden files are passed over.

    Raises:
        ImageFormatError: not a zip, damaged, encrypted, without files, or larger than the limits.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not _is_clutter(member)]
            _check_members(path, members, max_members, max_bytes)
            _unpack(path, archive, members, target, max_bytes)
    except _DAMAGED as error:
        raise ImageFormatError(
            f"'{path.name}' is not a readable zip file. Check that it is complete and not renamed."
        ) from error
    except OSError as error:
        raise ImageFormatError(
            f"'{path.name}' cannot be unpacked: {error.strerror or error}. Free disk space and try again."
        ) from error


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    parts = _parts(member)
    return member.is_dir() or parts[-1].startswith(".") or "__MACOSX" in parts


def _parts(member: zipfile.ZipInfo) -> list[str]:
    return member.filename.replace("\\", "/").split("/")  # some Windows programs write backslashes


def _check_members(path: Path, members: list[zipfile.ZipInfo], max_members: int, max_bytes: int) -> None:
    if not members:
        raise ImageFormatError(f"'{path.name}' holds no files. Zip the folder of images again.")
    if len(members) > max_members:
        raise _too_large(path, f"{len(members)} files, the limit is {max_members}")
    if sum(member.file_size for member in members) > max_bytes:
        raise _too_large(path, f"more than {max_bytes / 2**30:.3g} GiB")
    if any(member.flag_bits & 1 for member in members):
        raise ImageFormatError(f"'{path.name}' is encrypted. Unpack it and open the files themselves.")


def _unpack(
    path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, max_bytes: int
) -> None:
    left = max_bytes
    for number, member in enumerate(sorted(members, key=lambda member: natural_key(member.filename))):
        with archive.open(member) as packed, (target / _safe_name(number, member)).open("wb") as file:
            while block := packed.read(2**20):
                left -= len(block)
                if left < 0:
                    raise _too_large(path, f"more than {max_bytes / 2**30:.3g} GiB")
                file.write(block)


def _safe_name(number: int, member: zipfile.ZipInfo) -> str:
    kept = "".join(letter for letter in _parts(member)[-1] if letter.isalnum() or letter in "._- ")
    return f"{number:06d}_{kept[-80:]}"


def _too_large(path: Path, what: str) -> ImageFormatError:
    return ImageFormatError(f"'{path.name}' unpacks to {what}. Open one series at a time.")
