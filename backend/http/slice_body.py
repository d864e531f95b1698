"""Receiving the bytes of a painted slice: bounded before they are in memory, compressed or not."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from starlette.requests import Request

from backend.errors import InvalidRequestError, TooLargeError
from backend.http.bodies import content_length

MAX_SLICE_BYTES = 64 * 1024 * 1024
SLACK_BYTES = 4096  # a slice that does not shrink grows by gzip's headers, less than a thousandth more
_PLAIN = "identity"


def largest_body(shape: tuple[int, int]) -> int:
    """Bytes that a body may have for a slice of (rows, columns): what it holds, or a little more."""
    rows, columns = shape
    plain = rows * columns
    return min(plain + plain // 1000 + SLACK_BYTES, MAX_SLICE_BYTES)


async def read_body(request: Request, largest: int, count: Callable[[int], None]) -> bytes:
    """The request's body as sent, never more than ``largest`` bytes of memory.

    Args:
        count: told how large the body is by now; may raise.

    Raises:
        InvalidRequestError: it is encoded in a way that is not known here.
        TooLargeError: it has more than ``largest`` bytes.
    """
    encoding = _encoding(request)
    if encoding not in (_PLAIN, "gzip", "deflate"):
        raise InvalidRequestError(f"Content-Encoding must be gzip or deflate, got {encoding[:20]!r}.")
    if (content_length(request.headers) or 0) > largest:
        raise _too_large(largest)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise _too_large(largest)
        count(len(body))
    return bytes(body)


def decode_body(request: Request, sent: bytes, largest: int) -> bytes:
    """The slice in a body as sent.

    Raises:
        InvalidRequestError: the body is damaged or cut off.
        TooLargeError: it becomes more than ``largest`` bytes.
    """
    return sent if _encoding(request) == _PLAIN else _decompress(sent, largest)


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", _PLAIN).lower()


def _too_large(largest: int) -> TooLargeError:
    return TooLargeError(f"A slice of this volume must be at most {largest} bytes. Reload the page.")


def _decompress(body: bytes, largest: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header
    try:
        data = decompressor.decompress(body, largest)
    except zlib.error as error:
        raise InvalidRequestError("The compressed slice is damaged. Save it again.") from error
    if decompressor.unconsumed_tail:
        raise _too_large(largest)
    if not decompressor.eof:
        raise InvalidRequestError("The compressed slice is cut off. Save it again.")
    return data
