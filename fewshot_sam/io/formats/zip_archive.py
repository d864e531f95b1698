"""Unpack a zip from outside without trusting its names or its sizes."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections import Counter
from pathlib import Path

from fewshot_sam.data.file_names import as_compared, is_clutter, safe_file_name
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.natural_order import natural_key

MAX_MEMBERS = 20_000
_MAX_DIRECTORY_BYTES = 1024 * MAX_MEMBERS
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Python inflates the others (bzip2, LZMA) in steps without a bound: 4 KB become gigabytes."""
_UTF8_FLAG = 0x800

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


def unpack(
    path: Path, target: Path, limits: ReadLimits, *, max_members: int = MAX_MEMBERS
) -> dict[Path, str]:
    """Unpack the files of a zip into ``target`` as ``000000/NAME``, its folders numbered in natural order.

    Only the last part of a member's name is used, in a folder that is made for it, so no member can be
    written outside ``target`` or over another, and links become files. A header finds its voxels beside
    it. Sizes are checked as stated and as unpacked; zips within the zip stay packed. Hidden files are
    passed over.

    Returns:
        The last part of each member's name, as it is there, by its file.

    Raises:
        ImageFormatError: not a zip, damaged, encrypted, without files, or larger than the limits.
    """
    try:
        _check_directory(path, max_members)
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not _is_clutter(member)]
            _check_members(path, members, limits, max_members)
            return _unpack(path, archive, members, target, limits)
    except _DAMAGED as error:
        raise _not_readable(path) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # an offset before the file's start: its first part is missing
            raise _not_readable(path) from error
        raise ImageFormatError(
            f"'{path.name}' cannot be unpacked: {error.strerror or error}. Free disk space and try again."
        ) from error


def _not_readable(path: Path) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' is not a readable zip file. Check that it is complete and not renamed."
    )


def _check_directory(path: Path, max_members: int) -> None:
    """Refuse a list of members that would fill the memory: zipfile reads it whole."""
    with path.open("rb") as file:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # the record zipfile itself goes by
    if end and end[zipfile._ECD_SIZE] > _MAX_DIRECTORY_BYTES:  # type: ignore[attr-defined]
        raise _too_many(path, f"more than {max_members}", max_members)


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    return member.is_dir() or is_clutter(_parts(member))


def _parts(member: zipfile.ZipInfo) -> list[str]:
    return _name(member).replace("\\", "/").split("/")  # some Windows programs write backslashes


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name; macOS and others write UTF-8 without the flag that says so."""
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _check_members(path: Path, members: list[zipfile.ZipInfo], limits: ReadLimits, max_members: int) -> None:
    if not members:
        raise ImageFormatError(f"'{path.name}' holds no files. Zip the folder of images again.")
    if len(members) > max_members:
        raise _too_many(path, str(len(members)), max_members)
    if any(member.flag_bits & 1 for member in members):
        raise ImageFormatError(f"'{path.name}' is encrypted. Unpack it and open the files themselves.")
    if any(member.compress_type not in _METHODS for member in members):
        raise ImageFormatError(
            f"'{path.name}' must be compressed with Deflate or not at all, as usual for a zip, but is not. "
            "Zip the folder of images again with the usual settings."
        )
    limits.check_unpacked(sum(member.file_size for member in members), path.stat().st_size, path.name)


def _unpack(
    path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, limits: ReadLimits
) -> dict[Path, str]:
    sent_bytes = path.stat().st_size
    left = limits.unpacked_bytes_for(sent_bytes)
    places, names = _Places(target), dict[Path, str]()
    for member in sorted(members, key=lambda member: natural_key(_name(member))):
        parts = _parts(member)
        place = places.new(parts)
        names[place] = parts[-1]
        with archive.open(member) as packed, place.open("wb") as file:
            while block := packed.read(2**20):
                left -= len(block)
                if left < 0:
                    raise limits.too_much_unpacked("more", sent_bytes, path.name)
                file.write(block)
    return names


class _Places:
    """Gives members paths: a folder for each of the archive's, and further ones for names that meet."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._taken: Counter[tuple[str, ...]] = Counter()
        self._folders: dict[tuple[int, str], int] = {}

    def new(self, parts: list[str]) -> Path:
        name = safe_file_name(parts[-1])
        folder = "/".join(parts[:-1])
        compared = (folder, as_compared(name))
        number = self._folders.setdefault((self._taken[compared], folder), len(self._folders))
        self._taken[compared] += 1
        place = self._target / f"{number:06d}"
        place.mkdir(exist_ok=True)
        return place / name


def _too_many(path: Path, count: str, max_members: int) -> ImageFormatError:
    return ImageFormatError(
        f"'{path.name}' unpacks to {count} files, the limit is {max_members}. Open one series at a time."
    )
