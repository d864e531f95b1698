"""In which threads requests do their work, so that one kind of work cannot keep all others waiting.

Plain reads use Starlette's own forty threads. What may wait long has threads of its own: writes wait
for the database's lock, imports for a reading process, and what computes needs memory and a core.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
from anyio import to_thread

P = ParamSpec("P")
T = TypeVar("T")

WRITERS = 16
IMPORTERS = 8
COMPUTING = 2


class ApiWork:
    """Runs functions in threads, each kind within its own limit."""

    def __init__(self) -> None:
        self._writers = anyio.CapacityLimiter(WRITERS)
        self._importers = anyio.CapacityLimiter(IMPORTERS)
        self._computing = anyio.CapacityLimiter(COMPUTING)

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A short write, which may wait for the database."""
        return await _run(self._writers, function, *args, **kwargs)

    async def import_files(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Reading uploaded files, which takes seconds to minutes."""
        return await _run(self._importers, function, *args, **kwargs)

    async def compute(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What takes a core and holds a whole volume in memory: exports, surfaces and previews."""
        return await _run(self._computing, function, *args, **kwargs)


async def _run(
    limiter: anyio.CapacityLimiter, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    return await to_thread.run_sync(functools.partial(function, *args, **kwargs), limiter=limiter)
