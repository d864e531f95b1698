"""Slices of many megabytes: sent and received in little memory."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from starlette.responses import StreamingResponse

from backend.errors import BusyError
from backend.http.binary import CHUNK_BYTES, array_response
from backend.http.bodies import FREE_BYTES, LargeBodies
from tests.event_loop import run_in_loop


def request_of(**headers: str) -> Any:
    return SimpleNamespace(headers=headers, client=SimpleNamespace(host="127.0.0.1"))


async def content(response: StreamingResponse) -> list[bytes]:
    return [bytes(piece) async for piece in response.body_iterator]


@pytest.mark.parametrize("zipped", [False, True])
def test_a_large_slice_is_copied_piece_by_piece(zipped: bool) -> None:
    array = np.random.default_rng(0).integers(0, 9, (3000, 700), dtype=np.int16)[::-1, ::2]
    accepted = {"accept-encoding": "gzip", "x-forwarded-for": "1.2.3.4"} if zipped else {}
    response = array_response(request_of(**accepted), array, "tag")
    assert isinstance(response, StreamingResponse)
    pieces = run_in_loop(content, response)
    assert max(map(len, pieces)) <= CHUNK_BYTES
    sent = b"".join(pieces)
    assert (zlib.decompress(sent, 31) if zipped else sent) == array.tobytes()
    assert zipped or response.headers["content-length"] == str(array.nbytes)


def test_a_usual_slice_is_sent_at_once() -> None:
    array = np.arange(512 * 512, dtype=np.int16).reshape(512, 512)
    response = array_response(request_of(), array, "tag")
    assert response.body == array.tobytes()
    assert response.headers["content-length"] == str(array.nbytes)


def test_large_bodies_have_a_limit_together_and_small_ones_always_room() -> None:
    bodies = LargeBodies(max_bytes=1000)
    with bodies.hold() as first, bodies.hold() as second:
        first(FREE_BYTES + 600)
        second(FREE_BYTES)
        with pytest.raises(BusyError, match="Save again in a moment"):
            second(FREE_BYTES + 401)
        second(FREE_BYTES + 400)
    with bodies.hold() as later:
        later(FREE_BYTES + 1000)
