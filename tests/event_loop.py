"""An event loop for one test, in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_loop(function: Callable[..., Coroutine[Any, Any, T]], *args: object) -> T:
    """Call an async function with ``args`` and wait for what it returns.

    Playwright's synchronous interface leaves a loop running in the tests' thread, where no other may start.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, function(*args)).result()
