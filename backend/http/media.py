"""Files that the worker makes, waited for without a thread and without a transaction."""

from __future__ import annotations

from pathlib import Path

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import BusyError
from backend.http.binary import etag_matches, file_bytes_response
from backend.http.work import ApiWork
from backend.records.media_requests import MediaItem
from backend.services.media import Media

WAIT_S = 20.0
THUMBNAIL_WAIT_S = 2.0  # a list asks for many at once, and again for those that did not come
POLL_S, LOOK_S = 0.05, 1.0  # at the file, and at the database


async def media_response(
    request: Request, work: ApiWork, owner: str, media: Media, item: MediaItem
) -> Response:
    """The item's file, once it is there.

    Raises:
        BusyError: it was not there in WAIT_S; it is made all the same.
        MediaError: it could not be made.
        TooManyError: so many requests of the owner wait already.
    """
    path = await _path(work, owner, media, item, WAIT_S)
    return file_bytes_response(request, path, 0, item.key)


async def thumbnail_response(
    request: Request, work: ApiWork, owner: str, media: Media, item: MediaItem
) -> Response:
    """A thumbnail, once it is there; raises as :func:`media_response`."""
    path = await _path(work, owner, media, item, THUMBNAIL_WAIT_S)
    headers = {"ETag": f'"{item.key}"', "Cache-Control": "private, no-cache"}
    if etag_matches(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = await run_in_threadpool(path.read_bytes)
    return Response(content, headers=headers, media_type="image/png")


async def _path(work: ApiWork, owner: str, media: Media, item: MediaItem, wait_s: float) -> Path:
    if media.path(item) is None:
        with work.waiting(owner):
            await _wait(work, media, item, wait_s)
    path = media.path(item)
    if path is None:  # deleted at this moment
        raise BusyError("The picture is not there any more. Reload the page.")
    return path


async def _wait(work: ApiWork, media: Media, item: MediaItem, wait_s: float) -> None:
    await work.write(media.ask, item)
    started = looked = anyio.current_time()
    while media.path(item) is None:
        now = anyio.current_time()
        if now - looked > LOOK_S:
            looked = now
            await run_in_threadpool(media.require_pending, item)
        if now - started > wait_s:
            raise BusyError("The picture is still being made. Reload the page in a minute.")
        await anyio.sleep(POLL_S)
