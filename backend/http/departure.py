"""Work for a client that may go away before it is done, as where a person presses Cancel."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from fewshot_sam.errors import OperationCancelled


@asynccontextmanager
async def stopping_with_client(request: Request) -> AsyncIterator[Callable[[], None]]:
    """A check that raises OperationCancelled, in any thread, once the client of a request has gone away.

    The request's body must have been read. What the check raised leaves the context as ClientDisconnect.
    """
    gone = threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    def check() -> None:
        if gone.is_set():
            raise OperationCancelled("the client went away")

    watching = asyncio.create_task(watch())
    try:
        yield check
    except OperationCancelled as error:
        raise ClientDisconnect from error
    finally:
        watching.cancel()
