"""How large a request's body may be, for every address of the server.

Uploads and painted slices are streamed, and limited where they are received. Any other body is read
here, up to a small limit, checked, and passed on in one piece: nothing behind this middleware buffers
what a client chose to send.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import BusyError, InvalidRequestError, TooLargeError, UnsupportedTypeError
from backend.http.answers import JsonAnswer
from backend.http.errors import error_response, user_error_response
from backend.http.json_body import check_json
from backend.http.paths import is_api, is_monai_label
from backend.schemas.enums import ErrorCode
from fewshot_sam.errors import UserError

MAX_BODY_BYTES = 64 * 1024
MAX_LARGE_BODIES_BYTES = 64 * 1024 * 1024
FREE_BYTES = 256 * 1024  # a slice of a CT, uncompressed
_STREAMED = (
    ("POST", re.compile(r"/api/projects/[^/]+/(volumes|models|models/check)")),
    ("POST", re.compile(r"/api/volumes/[^/]+/annotations/import")),
    ("POST", re.compile(r"/api/volumes/[^/]+/reference")),
    ("POST", re.compile(r"/gradio_api/upload")),
    ("PUT", re.compile(r"/api/volumes/[^/]+/annotations/[^/]+/[^/]+")),
    ("PUT", re.compile(r"/monailabel/[^/]+/datastore/(image|label)?")),
    ("POST", re.compile(r"/monailabel/[^/]+/infer/(wsi_v2/)?[^/]+")),
)
_FORM_OF_LOGIN = re.compile(r"/monailabel/[^/]+/auth/token")


class LargeBodies:
    """Bounds the memory of bodies that are being received; all calls come from one event loop.

    The first FREE_BYTES of each are not counted, so that clients that send large bodies slowly keep no
    ordinary one out.
    """

    def __init__(self, max_bytes: int = MAX_LARGE_BODIES_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = 0

    @contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """A function to be told how large the body is by now, while the block runs.

        It raises BusyError when all bodies together are too much.
        """
        mine = 0

        def count(size: int) -> None:
            nonlocal mine
            wanted = max(0, size - FREE_BYTES)
            if self._held - mine + wanted > self._max_bytes and wanted > mine:
                raise BusyError("The server is receiving other large slices. Save again in a moment.")
            self._held += wanted - mine
            mine = wanted

        try:
            yield count
        finally:
            self._held -= mine


class BodyLimits:
    """ASGI middleware that bounds and checks bodies before anything else reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if "transfer-encoding" in headers and "content-length" in headers:
                await _ambiguous()(scope, receive, send)
                return
            length = content_length(headers)
            has_body = bool(length) or "transfer-encoding" in headers
            if has_body and not _is_streamed(scope) and not _announces_in_vain(scope):
                receive = await _checked_body(scope, headers, length, receive)
        except UserError as error:
            await user_error_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _ambiguous() -> JsonAnswer:
    """A proxy in front may believe the other header, and take what follows for somebody's next request."""
    message = "A request must have Content-Length or Transfer-Encoding, not both."
    answer = error_response(400, ErrorCode.BAD_REQUEST, message)
    answer.headers["Connection"] = "close"
    return answer


def content_length(headers: Headers) -> int | None:
    """The body's size as the header says, or None. Raises InvalidRequestError for what is no size."""
    given = set(headers.getlist("content-length"))
    if not given:
        return None
    text = given.pop()
    if given or not re.fullmatch(r"[0-9]{1,19}", text):
        raise InvalidRequestError("Content-Length must be one whole number of bytes.")
    return int(text)


def _is_streamed(scope: Scope) -> bool:
    return any(
        scope["method"] == method and pattern.fullmatch(scope["path"]) for method, pattern in _STREAMED
    )


def _announces_in_vain(scope: Scope) -> bool:
    """Whether what a request says of its body is left over from an earlier one, and none will come.

    MONAI Label's client keeps the headers of a file that it sent, and sends them with what it asks next.
    """
    return is_monai_label(scope["path"]) and scope["method"] in ("GET", "HEAD", "DELETE")


async def _checked_body(scope: Scope, headers: Headers, length: int | None, receive: Receive) -> Receive:
    """A ``receive`` that passes on the checked body in one message."""
    too_large = TooLargeError(f"The request's body must be at most {MAX_BODY_BYTES // 1024} KB.")
    if length is not None and length > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return _replay(message, receive)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    if body and (is_api(scope["path"]) or scope["path"].startswith("/gradio_api/")):
        _check_type(headers)
        check_json(bytes(body))
    elif body and is_monai_label(scope["path"]) and not _FORM_OF_LOGIN.fullmatch(scope["path"]):
        check_json(bytes(body))  # not all of its programs say that it is JSON
    return _replay({"type": "http.request", "body": bytes(body), "more_body": False}, receive)


def _check_type(headers: Headers) -> None:
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in headers:
        raise UnsupportedTypeError(
            "The request's body must be JSON, sent as it is with Content-Type: application/json."
        )


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replaying() -> Message:
        return waiting.pop() if waiting else await receive()

    return replaying
