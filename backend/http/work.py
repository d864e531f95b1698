"""In which threads requests do their work, so that one kind of work cannot keep all others waiting.

Plain reads use Starlette's own forty threads. What may wait long has threads of its own: writes wait
for the database's lock, imports for a reading process, and what computes needs memory and a core. Of
several owners, none computes on all cores or fills the queue before them.
"""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import anyio
from anyio import to_thread

from backend.asker import Asker
from backend.config import Config
from backend.errors import BusyError, TooManyError

P = ParamSpec("P")
T = TypeVar("T")

WRITERS = 16
LARGE_WRITERS = 2  # of which each holds a slice of many megabytes several times
IMPORTERS = 8
ASKING_ARCHIVES = 8  # of which each waits for an archive, and for none of ours
ASKING_OF_ONE_OWNER = 3
COMPUTING = 2
COMPUTING_OF_ONE_OWNER = 1  # where there are several
MAX_COMPUTING_OF_ONE_OWNER = 8  # with those that wait; the page asks for one after the other
MAX_COMPUTING = 64  # the same of all owners
PASSWORDS = 2  # checked at once, 64 MiB each
MAX_PASSWORDS = 40  # with those that wait


class ApiWork:
    """Runs functions in threads, each kind within its own limit. All calls come from one event loop.

    Args:
        multi_user: whether owners must leave something to each other.
        imports_of_one_owner: imports of one owner that run at once; further ones wait their turn.
    """

    def __init__(self, multi_user: bool = False, imports_of_one_owner: int = IMPORTERS) -> None:
        self._imports_of_one_owner = imports_of_one_owner
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # by owner
        self._writers = anyio.CapacityLimiter(WRITERS)
        self._large_writers = anyio.CapacityLimiter(LARGE_WRITERS)
        self._importers = anyio.CapacityLimiter(IMPORTERS)
        self._archives = anyio.CapacityLimiter(ASKING_ARCHIVES)
        self._asking: Counter[str] = Counter()  # by owner: an archive
        self._passwords = anyio.CapacityLimiter(PASSWORDS)
        self._computing = anyio.CapacityLimiter(COMPUTING)
        self._at_once = COMPUTING_OF_ONE_OWNER if multi_user else COMPUTING
        self._lanes: dict[str, anyio.CapacityLimiter] = {}
        self._asked: Counter[str] = Counter()  # by owner: computing or waiting

    @classmethod
    def for_config(cls, config: Config) -> ApiWork:
        """Where several people share a server, one owner's imports leave a reader to the others."""
        alone = not config.multi_user
        return cls(config.multi_user, IMPORTERS if alone else max(1, config.max_readers - 1))

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A short write, which may wait for the database."""
        return await _run(self._writers, function, *args, **kwargs)

    async def write_large(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A write that takes much memory."""
        return await _run(self._large_writers, function, *args, **kwargs)

    async def import_files(
        self, function: Callable[Concatenate[Asker, P], T], asker: Asker, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Reading files that somebody uploaded, which takes seconds to minutes."""
        turn = self._turns.setdefault(asker.id, asyncio.Semaphore(self._imports_of_one_owner))
        async with turn:
            return await _run(self._importers, function, asker, *args, **kwargs)

    async def ask_archive(self, owner: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A question to an archive. Raises TooManyError when the owner asks several already."""
        if self._asking[owner] >= ASKING_OF_ONE_OWNER:
            raise TooManyError(
                f"At most {ASKING_OF_ONE_OWNER} questions to archives can be on their way at once. Wait for "
                "one to end."
            )
        self._asking[owner] += 1
        try:
            return await _run(self._archives, function, *args, **kwargs)
        finally:
            self._asking[owner] -= 1
            self._asking += Counter()  # forgets owners with none

    async def check_password(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What hashes a password. Raises BusyError when many wait for that."""
        if self._passwords.statistics().tasks_waiting >= MAX_PASSWORDS - PASSWORDS:
            raise BusyError("Many people are logging in at this moment. Try again in a few seconds.")
        return await _run(self._passwords, function, *args, **kwargs)

    async def compute(self, owner: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What takes a core and holds a whole volume in memory, such as an export.

        Raises:
            TooManyError: so many requests of the owner compute or wait already.
            BusyError: so many of all owners do.
        """
        with self.waiting(owner):
            lane = self._lanes.setdefault(owner, anyio.CapacityLimiter(self._at_once))
            async with lane:
                return await _run(self._computing, function, *args, **kwargs)

    @contextmanager
    def waiting(self, owner: str) -> Iterator[None]:
        """Count a request of the owner that computes, or waits for what the worker computes.

        Raises:
            TooManyError: so many requests of the owner compute or wait already.
            BusyError: so many of all owners do.
        """
        if self._asked[owner] >= MAX_COMPUTING_OF_ONE_OWNER:
            raise TooManyError(
                f"At most {MAX_COMPUTING_OF_ONE_OWNER} exports and 3D views can be made for you at once. "
                "Wait for one to end."
            )
        if self._asked.total() >= MAX_COMPUTING:
            raise BusyError("The server is making exports and 3D views for others. Try again in a minute.")
        self._asked[owner] += 1
        try:
            yield
        finally:
            self._asked[owner] -= 1
            if not self._asked[owner]:
                del self._asked[owner]
                self._lanes.pop(owner, None)


async def _run(
    limiter: anyio.CapacityLimiter, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    return await to_thread.run_sync(functools.partial(function, *args, **kwargs), limiter=limiter)
