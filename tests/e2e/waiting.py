"""Waiting for what a page says, under the policy that it has in use."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Error, Frame, Page, TimeoutError

DEFAULT_TIMEOUT_MS = 15_000
POLL_MS = 30


def wait_until(place: Page | Frame, expression: str, arg: Any = None, timeout: float | None = None) -> None:
    """Wait until a JavaScript expression or function holds; ``timeout`` is in milliseconds.

    Playwright's own ``wait_for_function`` evaluates texts within the page, which its Content-Security-Policy
    forbids; this asks from outside.
    """
    limit_ms = DEFAULT_TIMEOUT_MS if timeout is None else timeout
    deadline = time.monotonic() + limit_ms / 1000
    while not _holds(place, expression, arg):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {limit_ms:g} ms: {expression}")
        place.wait_for_timeout(POLL_MS)


def wait_from_outside(page: Page) -> None:
    """From now on the page's ``wait_for_function`` is :func:`wait_until`."""

    def wait_for_function(
        expression: str, *, arg: Any = None, timeout: float | None = None, **_: Any
    ) -> None:
        wait_until(page, expression, arg, timeout)

    page.wait_for_function = wait_for_function  # type: ignore[assignment,method-assign]


def _holds(place: Page | Frame, expression: str, arg: Any) -> bool:
    try:
        return bool(place.evaluate(expression, arg))
    except Error as error:  # the page is being loaded again
        if "context was destroyed" in str(error) or "navigat" in str(error):
            return False
        raise
