"""The whole HTTP side: an application for /api, static files, and the middleware in front of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route

from backend.http.annotations import annotation_routes
from backend.http.answers import JsonAnswer
from backend.http.bodies import BodyLimits
from backend.http.errors import UnexpectedErrors, add_error_handlers
from backend.http.guard import Guard
from backend.http.health import health_routes
from backend.http.identity import Identity
from backend.http.masks import mask_routes
from backend.http.projects import project_routes
from backend.http.runs import run_routes
from backend.http.static import StaticRoute, vendor_files
from backend.http.uploads import UploadSlots
from backend.http.volumes import volume_routes
from backend.http.work import ApiWork
from backend.services import Services


def build_routes(services: Services, static_folder: Path) -> list[BaseRoute]:
    """Routes to put before Gradio's."""
    return [
        Mount("/api", app=build_api(services)),
        Route("/robots.txt", _robots),
        StaticRoute(static_folder, vendor_files()),
    ]


def build_middleware(services: Services) -> list[Middleware]:
    """Middleware for the whole server, Gradio's routes included; outermost first."""
    return [
        Middleware(UnexpectedErrors),
        Middleware(Guard, services.config),
        Middleware(BodyLimits),
        Middleware(Identity, services),
    ]


def build_api(services: Services) -> FastAPI:
    """The application mounted at /api. Owners come from :class:`Identity` in front of it."""
    api = FastAPI(
        title="Few-shot SAM",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=JsonAnswer,
    )
    add_error_handlers(api)
    api.add_middleware(UnexpectedErrors)
    work, slots = ApiWork.for_config(services.config), UploadSlots(services.config)
    api.state.services, api.state.work = services, work
    for router in (
        health_routes(services),
        project_routes(services, work),
        volume_routes(services, work, slots),
        annotation_routes(services, work, slots),
        run_routes(services, work),
        mask_routes(services, work),
    ):
        api.include_router(router)

    @api.get("/system")
    def system() -> dict[str, Any]:
        return services.system.describe()

    return api


async def _robots(_request: Request) -> PlainTextResponse:
    """Workspaces are personal, and each visit of a crawler would be a new visitor."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
