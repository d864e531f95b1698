"""What a backup is: a zip of a database, the blobs it names and a manifest that lists them with their hashes.

Entries, each once and no others: ``manifest.json``, ``fewshot-sam.sqlite3``, ``cookie.key`` where the
server has one, and ``blobs/ab/abcd...npy``. An archive is a file from outside: nothing in it is believed
before it was compared with the manifest, and the manifest is only believed about the archive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from storage.blobs import is_key
from storage.errors import BackupError

FORMAT = 1
MANIFEST_NAME, DATABASE_NAME, COOKIE_KEY_NAME = "manifest.json", "fewshot-sam.sqlite3", "cookie.key"
MAX_MANIFEST_BYTES = 64 * 2**20
MAX_COOKIE_KEY_BYTES = 4096
MAX_FILES = 200_000
MAX_FILE_BYTES = 2**40
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BackedUpFile:
    """One entry of the archive.

    Attributes:
        name: of the entry.
        size: in bytes, unpacked.
        sha256: of its bytes, hexadecimal.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: when, in ISO 8601.
        program: the version that made it.
        files: every entry but the manifest.
        lost: keys of blobs that the database names and that were missing or damaged when it was made.
        signed_since_s: when the key of the cookies was made, in seconds since 1970; its file's time says so.
    """

    made_at: str
    program: str
    files: tuple[BackedUpFile, ...]
    lost: tuple[str, ...] = ()
    signed_since_s: float | None = None

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(file.size for file in self.files)

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()


def blob_name(key: str) -> str:
    """The entry of a blob."""
    return f"blobs/{key[:2]}/{key}"


def key_of(name: str) -> str | None:
    """The key of the blob that an entry holds; None for other entries."""
    key = name.rpartition("/")[2]
    return key if is_key(key) and name == blob_name(key) else None


def parse_manifest(content: bytes, where: str) -> Manifest:
    """The manifest in these bytes, every field checked.

    Raises:
        BackupError: it is not one, or a newer version made it.
    """
    try:
        held = json.loads(content)
        written_in = held["format"]
        if type(written_in) is int and written_in > FORMAT:
            raise BackupError(
                f"The backup {where} was made by a newer version of this program. Nothing was restored. "
                "Restore it with that version."
            )
        if written_in != FORMAT:
            raise ValueError("its format is unknown")
        files = tuple(_file(each) for each in held["files"])
        lost = tuple(str(key) for key in held["lost"])
        _require_names(files)
        if not all(is_key(key) for key in lost):
            raise ValueError("a lost file has no key for a name")
        return Manifest(
            str(held["made_at"])[:40], str(held["program"])[:40], files, lost, _time(held["signed_since_s"])
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(where, f"its manifest cannot be read: {str(error)[:100]}") from None


def damaged(where: str, what: str) -> BackupError:
    """The error of an archive that is not what it should be."""
    return BackupError(
        f"{where} is not a whole backup of this program ({what}). Nothing was restored. "
        "Take another copy of it, or an earlier backup."
    )


def _file(held: dict[str, Any]) -> BackedUpFile:
    name, size, sha256 = held["name"], held["size"], held["sha256"]
    if type(size) is not int or not 0 <= size <= MAX_FILE_BYTES:
        raise ValueError("a size is out of range")
    if type(name) is not str or type(sha256) is not str or not _HASH.fullmatch(sha256):
        raise ValueError("a name or a hash is none")
    key = key_of(name)
    if key is None and name not in (DATABASE_NAME, COOKIE_KEY_NAME):
        raise ValueError("it names a file that no backup holds")
    if key is not None and key.partition(".")[0] != sha256:
        raise ValueError("a file's name is not its hash")
    if name == COOKIE_KEY_NAME and size > MAX_COOKIE_KEY_BYTES:
        raise ValueError("the key of the cookies is too long")
    return BackedUpFile(name, size, sha256)


def _time(held: Any) -> float | None:
    if held is None:
        return None
    if type(held) not in (int, float) or not 0 <= held < 2**40:
        raise ValueError("a time is out of range")
    return float(held)


def _require_names(files: Iterable[BackedUpFile]) -> None:
    names = [file.name for file in files]
    if len(names) > MAX_FILES:
        raise ValueError(f"it names more than {MAX_FILES} files")
    if len(set(names)) != len(names):
        raise ValueError("it names a file twice")
    if DATABASE_NAME not in names:
        raise ValueError("it names no database")
