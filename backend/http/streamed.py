"""Files that are sent while they are made, a step at a time, each computed where there is room."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

from backend.errors import BusyError, LoginRequiredError, NotFoundError, TooManyError
from backend.http.work import ApiWork

AGAIN_AFTER_S = 1.0
ENDED = "export-ended"
"""What the audit trail calls a download that was broken off, since whoever asked lost the right to it."""


class StreamedFile(Protocol):
    """A file as it is made."""

    def steps(self) -> Iterator[Callable[[], bytes]]:
        """What makes the next bytes, each when it is called."""

    def abandon(self) -> None:
        """Let go of a file that breaks off; harmless for one that was made to its end."""


class StreamedPieces:
    """A :class:`StreamedFile` of an iterator over bytes.

    Args:
        make: begins it, when the first step is computed.
        place: one of the places of such files on their way, held until the file is let go.
    """

    def __init__(
        self, make: Callable[[], Generator[bytes]], place: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._make, self._place = make, place
        self._held = ExitStack()
        self._pieces: Generator[bytes] | None = None
        self._ended = False

    def steps(self) -> Iterator[Callable[[], bytes]]:
        """One for each piece, and one that finds the end."""
        while not self._ended:
            yield self._next

    def abandon(self) -> None:
        """Close the iterator, which tidies up, and give the place back. No step runs any more."""
        if self._pieces is not None:
            self._pieces.close()
        self._held.close()

    def _next(self) -> bytes:
        if self._pieces is None:
            self._held.enter_context(self._place())  # raises BusyError or TooManyError until there is one
            self._pieces = self._make()
        piece = next(self._pieces, None)
        self._ended = piece is None
        return piece or b""


class Places:
    """How many files of a kind may be on their way at once: each takes disk while its client takes its time.

    Args:
        what: what they are called, such as "training sets".
    """

    def __init__(self, what: str, of_one_owner: int, of_all: int) -> None:
        self._what, self._of_one_owner, self._of_all = what, of_one_owner, of_all
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()  # by owner

    def check(self, owner: str) -> None:
        """Raise TooManyError or BusyError where there is none for this owner."""
        with self._lock:
            self._check(owner)

    @contextmanager
    def hold(self, owner: str) -> Iterator[None]:
        """A place while the block runs. Raises what :meth:`check` does."""
        with self._lock:
            self._check(owner)
            self._taken[owner] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[owner] -= 1
                self._taken += Counter()  # forgets owners with none

    def _check(self, owner: str) -> None:
        if self._taken[owner] >= self._of_one_owner:
            raise TooManyError(
                f"At most {self._of_one_owner} {self._what} can be on their way at once. Wait for one to end."
            )
        if self._taken.total() >= self._of_all:
            raise BusyError(f"Others are downloading {self._what} just now. Try again later.")


async def pieces(
    work: ApiWork, owner: str, file: StreamedFile, ended: Callable[[], None]
) -> AsyncIterator[bytes]:
    """The file, a step at a time. It breaks off, and no program takes it, once the asker lost the right.

    Args:
        ended: is told so.
    """
    try:
        for step in file.steps():
            yield await _when_there_is_room(work, owner, step)
    except (LoginRequiredError, NotFoundError):
        ended()
    finally:
        file.abandon()


async def _when_there_is_room(work: ApiWork, owner: str, step: Callable[[], bytes]) -> bytes:
    """Compute, also where others compute just now: half of a zip is of no use to anybody."""
    while True:
        try:
            return await work.compute(owner, step)
        except (BusyError, TooManyError):
            await asyncio.sleep(AGAIN_AFTER_S)
