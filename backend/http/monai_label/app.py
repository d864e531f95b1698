"""The application mounted at /monailabel. Owners come from the middleware in front of it, as for /api."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.responses import Response

from backend.http.answers import JsonAnswer
from backend.http.errors import UnexpectedErrors, error_handlers
from backend.http.monai_label.datastore import datastore_routes
from backend.http.monai_label.inference import inference_routes
from backend.http.monai_label.info import info_routes
from backend.http.monai_label.labels import label_routes
from backend.http.monai_label.logins import login_routes
from backend.http.monai_label.outlines import outline_routes
from backend.http.monai_label.training import training_routes
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork

if TYPE_CHECKING:
    from backend.services import Services

Handler = Callable[[Request, Exception], Awaitable[Response]]


def build_monai_label(services: Services, work: ApiWork, slots: UploadSlots) -> FastAPI:
    """The application.

    Args:
        work, slots: those of /api, so that both together stay within them.
    """
    api = FastAPI(
        title="Few-shot SAM for MONAI Label",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=JsonAnswer,
        redirect_slashes=False,
    )
    for kind, handler in error_handlers().items():
        api.add_exception_handler(kind, _as_detail(handler))
    api.add_middleware(UnexpectedErrors)
    api.state.services, api.state.work = services, work
    for router in (
        login_routes(services, work),
        info_routes(services),
        datastore_routes(services, work, slots),
        label_routes(services, work, slots),
        inference_routes(services, work, slots),
        outline_routes(services, work, slots),
        training_routes(services, work),
    ):
        api.include_router(router)
    return api


def _as_detail(handler: Handler) -> Handler:
    """The sentence where these programs look for it."""

    async def handle(request: Request, error: Exception) -> Response:
        answer = await handler(request, error)
        message = json.loads(bytes(answer.body))["error"]["message"]
        kept = {"Retry-After": answer.headers["Retry-After"]} if "Retry-After" in answer.headers else None
        return JsonAnswer({"detail": message}, status_code=answer.status_code, headers=kept)

    return handle
