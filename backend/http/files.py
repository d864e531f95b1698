"""Answers from files: what is stored as gzip, and what is made to be downloaded."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from fastapi import Request, Response
from starlette.responses import FileResponse, StreamingResponse

from backend.exports.base import ExportFile
from backend.http.binary import CHUNK_BYTES, IMMUTABLE, etag_matches
from backend.http.file_names import content_disposition

ASKED_EACH_TIME = "private, no-cache"


def file_answer(file: ExportFile) -> Response:
    """A file for the browser to keep."""
    headers = {"Content-Disposition": content_disposition(file.name), "Cache-Control": "no-store"}
    return Response(file.content, headers=headers, media_type=file.media_type)


def compressed_file(request: Request, path: Path, tag: str, lasting: bool = True) -> Response:
    """The bytes whose gzip is stored at ``path``.

    Args:
        lasting: they never change under their address, so that the browser need not ask again.
    """
    cached = IMMUTABLE if lasting else ASKED_EACH_TIME
    headers = {"ETag": f'"{tag}"', "Cache-Control": cached, "Vary": "Accept-Encoding"}
    if etag_matches(request, f'"{tag}"'):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return StreamingResponse(_unpacked(path), headers=headers, media_type="application/octet-stream")
    # Compressed once when it was stored; browsers unpack it faster than they receive it plain.
    headers["Content-Encoding"] = "gzip"
    return FileResponse(path, headers=headers, media_type="application/octet-stream")


def _unpacked(path: Path) -> Iterator[bytes]:
    """Piece by piece: a whole mask is as large as its volume, and many may be asked for at once."""
    with gzip.open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
