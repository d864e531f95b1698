"""Which sentence a job ends with, and writes that are tried again until the database takes them."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from fewshot_sam.errors import UserError
from storage.errors import DatabaseTrouble, classify_database_error

logger = logging.getLogger(__name__)
T = TypeVar("T")

DISK_FULL = "The disk of the data folder is full. Free some space, then run it again."
DATABASE_BUSY = (
    "The result could not be stored, because another program keeps the database locked. "
    "End that program, then run it again."
)
DATABASE_DAMAGED = (
    "The result could not be stored, because the database or its disk is damaged. Stop the server and run "
    "`python -m fewshot_sam check`, which says what is damaged and what to do."
)
OUT_OF_MEMORY = "Memory ran out. Close other programs or use a smaller volume, then run it again."
_SENTENCES: dict[DatabaseTrouble, str] = {
    "full": DISK_FULL,
    "busy": DATABASE_BUSY,
    "damaged": DATABASE_DAMAGED,
    "unwritable": "The result could not be stored, because the data folder cannot be written. Make it "
    "writable, then run it again.",
}
_NO_MEMORY_TEXTS = ("can't allocate memory", "out of memory")  # torch on the CPU and on CUDA


def sentence_for(error: Exception) -> str | None:
    """What people read of an error that has a known cause; None for a fault of this program."""
    text = str(error).lower()
    if isinstance(error, UserError):
        return str(error)
    trouble = classify_database_error(error)
    if trouble == "unwritable" and isinstance(error, OSError) and error.errno != errno.EROFS:
        return None  # a file that may not be opened: it can be any, and read as well as written
    if trouble is not None:
        return _SENTENCES[trouble]
    if "no space left" in text:  # libraries that write in native code say it in words only
        return DISK_FULL
    if isinstance(error, MemoryError) or any(part in text for part in _NO_MEMORY_TEXTS):
        return OUT_OF_MEMORY
    return None


def keep_trying(write: Callable[[], T], retry_s: float, patience_s: float = float("inf")) -> T:
    """Call ``write`` until the database takes it.

    Args:
        retry_s: between two attempts, each of which waits for a lock as long as the database does.
        patience_s: after so long the last error is raised.
    """
    started, logged = time.monotonic(), False
    while True:
        try:
            return write()
        except OperationalError:
            if time.monotonic() - started >= patience_s:
                raise
            if not logged:
                logger.warning("could not write to the database; trying again", exc_info=True)
            logged = True
            time.sleep(retry_s)
