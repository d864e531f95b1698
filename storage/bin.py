"""Where blobs without a row wait before they are deleted: a folder a day, inside the data folder.

A row that is missing today may be found again tomorrow, in the database that was put aside. A blob keeps
its name in the bin; one whose bytes are damaged gets the ending ``-damaged`` and is not put back.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage.blobs import BlobStore, is_key, move_file, require_intact
from storage.errors import BlobError

KEPT = timedelta(days=30)
DAMAGED_ENDING, PART_ENDING = "-damaged", "-part"  # which no key can have
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BlobBin:
    """The bin in the folder ``root``, which is made when the first blob moves into it."""

    def __init__(self, root: Path, blobs: BlobStore) -> None:
        self.root = root
        self._blobs = blobs

    def keys(self) -> set[str]:
        """Keys of the blobs that can be put back."""
        return {path.name for path in self._files() if is_key(path.name)}

    def take(self, key: str, today: date, damaged: bool = False) -> Path:
        """Move a stored blob into the bin. Returns where it went."""
        day = self.root / today.isoformat()
        day.mkdir(parents=True, exist_ok=True)
        target = day / f"{key}{DAMAGED_ENDING if damaged else ''}"
        move_file(self._blobs.path(key), target, day / f"{key}{PART_ENDING}")
        return target

    def put_back(self, key: str) -> bool:
        """Move an intact copy of the blob out of the bin to where it belongs; False if there is none."""
        for path in self._files():
            if path.name != key:
                continue
            with suppress(BlobError):
                require_intact(path, key)
                target = self._blobs.path(key)
                target.parent.mkdir(exist_ok=True)
                move_file(path, target, self._blobs.root / "incoming" / key)
                return True
        return False

    def delete(self, keys: set[str]) -> None:
        """Delete every copy of these blobs."""
        for path in self._files():
            if path.name.removesuffix(DAMAGED_ENDING).removesuffix(PART_ENDING) in keys:
                path.unlink(missing_ok=True)

    def empty(self, today: date) -> list[str]:
        """Delete the days that were put into the bin more than KEPT ago. Returns their names."""
        old = [day for day in self._days() if date.fromisoformat(day.name) < today - KEPT]
        for day in old:
            shutil.rmtree(day, ignore_errors=True)
        return [day.name for day in old]

    def _files(self) -> Iterator[Path]:
        for day in self._days():
            yield from sorted(path for path in day.iterdir() if path.is_file() and not path.is_symlink())

    def _days(self) -> list[Path]:
        if not self.root.is_dir():
            return []
        return sorted(p for p in self.root.iterdir() if _is_day(p.name) and p.is_dir() and not p.is_symlink())


def today() -> date:
    """The day it is in UTC."""
    return datetime.now(UTC).date()


def _is_day(name: str) -> bool:
    if not _DAY.fullmatch(name):
        return False
    with suppress(ValueError):
        date.fromisoformat(name)
        return True
    return False
