"""How many files from outside are read at once.

Threads: any thread may ask. Requests wait here in the server's threads, of which there are few and
which saving needs too, so only some may wait, and not for long.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from backend.errors import BusyError

MAX_AT_ONCE = 8
"""Imports that read or wait, of about 40 threads that answer requests."""
MAX_WAIT_S = 60.0


class ReaderPool:
    """Lets a few readers work at once; some more wait, the rest are refused.

    Args:
        max_readers: readers that work at once.
        max_at_once: readers that work or wait.
        max_wait_s: how long one waits.
    """

    def __init__(
        self, max_readers: int = 2, max_at_once: int = MAX_AT_ONCE, max_wait_s: float = MAX_WAIT_S
    ) -> None:
        self._max_wait_s = max_wait_s
        self._admitted = threading.BoundedSemaphore(max(max_at_once, max_readers))
        self._working = threading.BoundedSemaphore(max_readers)

    @contextmanager
    def reader(self) -> Iterator[None]:
        """Hold the place of one reader.

        Raises:
            BusyError: too many wait already, or no place was free in time.
        """
        if not self._admitted.acquire(blocking=False):
            raise _busy()
        try:
            if not self._working.acquire(timeout=self._max_wait_s):
                raise _busy()
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._admitted.release()


def _busy() -> BusyError:
    return BusyError("The server is reading other files and can take no more now. Try again in a minute.")
