"""Large binary answers from a file: ETag, Range, and gzip where the client is on another machine."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from backend.addresses import is_loopback

SENT_AT_ONCE_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024  # what a client that stops reading keeps in memory
# Voxels and masks never change under their address, so the browser need not ask again.
IMMUTABLE = "private, max-age=31536000, immutable"


def file_bytes_response(request: Request, path: Path, offset: int, tag: str) -> Response:
    """The bytes of ``path`` from ``offset`` to its end, streamed; whole, or the Range asked for."""
    etag = f'"{tag}"'
    headers = {"ETag": etag, "Cache-Control": IMMUTABLE, "Accept-Ranges": "bytes", "Vary": "Accept-Encoding"}
    if etag_matches(request, etag):
        return Response(status_code=304, headers=headers)
    size = path.stat().st_size - offset
    wanted = request.headers.get("range") if request.headers.get("if-range", etag) == etag else None
    if wanted is not None:
        return _range_response(path, offset, size, wanted, headers)
    if wants_gzip(request):
        # Another representation, so another tag; the weak comparison of If-None-Match still finds it.
        headers |= {"Content-Encoding": "gzip", "ETag": f"W/{etag}"}
        body = _gzip(_read(path, offset, size))
        return StreamingResponse(body, headers=headers, media_type="application/octet-stream")
    headers["Content-Length"] = str(size)
    return StreamingResponse(
        _read(path, offset, size), headers=headers, media_type="application/octet-stream"
    )


def array_response(request: Request, array: np.ndarray, tag: str) -> Response:
    """The bytes of a (rows, columns) array of any dtype in C order; gzip as for files.

    They never change under their address. A large one is copied piece by piece as it is sent, so that it is
    not held for clients that read slowly.
    """
    headers = {"ETag": f'"{tag}"', "Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    pieces = _rows(array)
    if wants_gzip(request):
        pieces = _gzip(pieces)
        headers |= {"Content-Encoding": "gzip", "ETag": f'W/"{tag}"'}
    else:
        headers["Content-Length"] = str(array.nbytes)
    if array.nbytes > SENT_AT_ONCE_BYTES:
        return StreamingResponse(pieces, headers=headers, media_type="application/octet-stream")
    content = b"".join(pieces)
    return Response(content, headers=headers, media_type="application/octet-stream")


def changing_array(request: Request, array: np.ndarray) -> Response:
    """The bytes of an array in C order, which may be others the next time."""
    answer = array_response(request, array, "now")
    del answer.headers["ETag"]
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _rows(array: np.ndarray) -> Iterator[bytes]:
    at_once = max(1, CHUNK_BYTES // max(1, array[:1].nbytes))
    for first in range(0, len(array), at_once):
        yield array[first : first + at_once].tobytes()


def etag_matches(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this tag (weak comparison)."""
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in given or "*" in given


def wants_gzip(request: Request) -> bool:
    """Whether to compress: accepted, and the bytes travel further than this machine."""
    accepted = "gzip" in request.headers.get("accept-encoding", "")
    client = request.client.host if request.client else ""
    through_proxy = "x-forwarded-for" in request.headers
    return accepted and (through_proxy or not is_loopback(client))


def _range_response(path: Path, offset: int, size: int, wanted: str, headers: dict[str, str]) -> Response:
    span = _parse_range(wanted, size)
    if span is None:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    first, last = span
    headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    body = _read(path, offset + first, last - first + 1)
    return StreamingResponse(body, 206, headers=headers, media_type="application/octet-stream")


def _parse_range(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None when it cannot be satisfied."""
    match = re.fullmatch(r"bytes=([0-9]{0,19})-([0-9]{0,19})", wanted.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size - 1) if length else None
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    return (start, end) if start <= end else None


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    """Starlette runs a plain generator in a thread, so reading does not hold up other requests."""
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(CHUNK_BYTES, length))):
            length -= len(chunk)
            yield chunk


def _gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(level=1, wbits=31)
    for chunk in chunks:
        if compressed := compressor.compress(chunk):
            yield compressed
    yield compressor.flush()
