"""Files of calls over HTTP, at the addresses where Gradio's clients expect them, and what a call may name.

These come before Gradio's own routes of the same addresses, which have no bounds and know no owners: nothing
of Gradio ever touches a file.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.calls.files import CALL_PATH, CallFiles
from backend.errors import BusyError, InvalidRequestError
from backend.http.answers import JsonAnswer
from backend.http.bodies import content_length
from backend.http.errors import user_error_response
from backend.http.file_names import content_disposition
from backend.http.guard import CALL_POSTS
from backend.http.multipart import receive_form
from backend.http.uploads import UploadSlots, remove_upload
from fewshot_sam.errors import UserError

if TYPE_CHECKING:
    from backend.services import Services


def call_routes(services: Services, slots: UploadSlots) -> list[BaseRoute]:
    """Routes to put before Gradio's."""
    config, files = services.config, services.calls.files

    async def upload(request: Request) -> Response:
        """Receive files; the answer is their paths, in the order they came."""
        try:
            return JsonAnswer(await _received(request, files))
        except UserError as error:
            return user_error_response(error)

    async def _received(request: Request, files: CallFiles) -> list[str]:
        owner, length = request.state.owner, content_length(request.headers)
        with slots.hold(owner, length, await run_in_threadpool(slots.on_disk)):
            free = await run_in_threadpool(lambda: shutil.disk_usage(config.home).free)
            if free - (length or 0) < config.min_free_bytes:
                raise BusyError("The server's disk is nearly full. Try again later.")
            folder = await run_in_threadpool(files.new_folder, owner)
            try:
                form = await receive_form(request, folder, config.max_upload_bytes)
            except BaseException:
                await remove_upload(folder)
                raise
            return [files.path_of(path) for path in form.files]

    async def download(request: Request) -> Response:
        """A file that a call made."""
        try:
            found = await run_in_threadpool(files.found, request.path_params["path"], request.state.owner)
        except UserError as error:
            return user_error_response(error)
        headers = {"Content-Disposition": content_disposition(found.name), "Cache-Control": "no-store"}
        return FileResponse(found, headers=headers, media_type="application/octet-stream")

    return [
        Route("/gradio_api/upload", upload, methods=["POST"]),
        Route("/gradio_api/file={path:path}", download, methods=["GET"]),
    ]


class CallBodies:
    """ASGI middleware: the only files that a call may name are those that were sent here.

    Gradio would fetch an address that is named in the place of a file, and look for other paths on its disk.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not CALL_POSTS.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        message = await receive()  # BodyLimits checked it and gives it in one piece
        try:
            _check_files(json.loads(message.get("body", b"") or b"null"))
        except (UserError, ValueError, RecursionError) as error:
            refused = error if isinstance(error, UserError) else InvalidRequestError("A call must be JSON.")
            await user_error_response(refused)(scope, receive, send)
            return

        given = iter([message])

        async def receive_again() -> Message:
            return next(given, None) or await receive()

        await self.app(scope, receive_again, send)


def _check_files(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _check_files(each)
    elif isinstance(value, dict):
        path = value.get("path")
        if path is not None and not (isinstance(path, str) and CALL_PATH.fullmatch(path)):
            raise InvalidRequestError(
                "A call can only name files that were sent to /gradio_api/upload, by the path it answered; "
                "gradio_client does so with handle_file."
            )
        for each in value.values():
            _check_files(each)
