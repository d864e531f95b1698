"""/api/volumes/{id}/slices/{plane}/{index}/outline: what SAM finds in a box or under points."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.errors import BusyError, TooManyError
from backend.http.binary import wants_gzip
from backend.http.documents import BytesResponse, bytes_answer
from backend.http.identity import WritingOwner
from backend.outlines.errors import WorkerAwayError
from backend.outlines.messages import Question
from backend.schemas.requests import OutlineBody, PathPlane, PathSlice, VolumeId
from backend.services.outlines import Outlines

if TYPE_CHECKING:
    from backend.services import Services

WAIT_S = 20.0  # of which a slice that has to be encoded takes up to a second, while a run computes some more
POLL_S = 0.1
MAX_ASKED_BY_ONE_OWNER = 4  # the page asks for one after the other
MAX_ASKED = 32
MAX_DEATHS = 2  # of workers, with one question


def outline_routes(services: Services) -> APIRouter:
    """The route of outlines."""
    router = APIRouter(prefix="/volumes/{volume_id}/slices")
    asked = _Asked()

    @router.post(
        "/{plane}/{slice_index}/outline",
        response_class=Response,
        responses=bytes_answer("a bit a cell, rows x columns as displayed, the highest bit of a byte first"),
    )
    async def outline(
        asker: WritingOwner,  # nothing is stored, but the worker encodes and computes
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        body: OutlineBody,
        request: Request,
    ) -> Response:
        """The cells that SAM finds in a box or under points; nothing is stored."""
        ask = services.outlines.question
        question = await run_in_threadpool(ask, asker, volume_id, plane, slice_index, body, WAIT_S)
        with asked.counting(asker.id):
            bits = await _answer(services.outlines, question)
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if wants_gzip(request):
            return BytesResponse(gzip.compress(bits, 1), headers=headers | {"Content-Encoding": "gzip"})
        return BytesResponse(bits, headers=headers)

    return router


async def _answer(outlines: Outlines, question: Question) -> bytes:
    """The worker's answer; a worker that starts is waited for, and one that dies is followed by another.

    Raises:
        OutlineError: there is no outline, for the reason in the text.
        BusyError: there was no answer in WAIT_S.
    """
    ends, deaths = anyio.current_time() + WAIT_S, 0
    while (left_s := ends - anyio.current_time()) > 0:
        try:
            future = outlines.ask(question)
        except WorkerAwayError:
            await anyio.sleep(POLL_S)
            continue
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), left_s)
        except TimeoutError:
            break
        except WorkerAwayError:
            deaths += 1
            if deaths == MAX_DEATHS:
                raise BusyError(
                    "The outline could not be made: the program that makes it ended, most likely because "
                    "memory ran out. It starts again by itself; try again in a minute."
                ) from None
    raise BusyError(f"There was no outline within {WAIT_S:g} seconds: the computer is busy. Try again.")


class _Asked:
    """Counts what owners wait for, so that none fills the queue before the others."""

    def __init__(self) -> None:
        self._by_owner: Counter[str] = Counter()

    @contextmanager
    def counting(self, owner: str) -> Iterator[None]:
        """Count a question of the owner until it is answered. Raises TooManyError or BusyError."""
        if self._by_owner[owner] >= MAX_ASKED_BY_ONE_OWNER:
            raise TooManyError(
                f"At most {MAX_ASKED_BY_ONE_OWNER} outlines can be made for you at once. Wait for one to end."
            )
        if self._by_owner.total() >= MAX_ASKED:
            raise BusyError("The server is making outlines for others. Try again in a minute.")
        self._by_owner[owner] += 1
        try:
            yield
        finally:
            self._by_owner[owner] -= 1
            if not self._by_owner[owner]:
                del self._by_owner[owner]
