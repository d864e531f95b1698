"""The whole HTTP side: an application for /api, static files, and the middleware in front of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from backend.http.annotations import annotation_routes
from backend.http.errors import UnexpectedErrors, add_error_handlers
from backend.http.guard import Guard
from backend.http.identity import Identity
from backend.http.masks import mask_routes
from backend.http.projects import project_routes
from backend.http.runs import run_routes
from backend.http.static import StaticRoute, vendor_files
from backend.http.volumes import volume_routes
from backend.services import Services


def build_routes(services: Services, static_folder: Path) -> list[BaseRoute]:
    """Routes to put before Gradio's (``launch(app_kwargs={"routes": ...})``)."""
    return [Mount("/api", app=build_api(services)), StaticRoute(static_folder, vendor_files())]


def build_middleware(services: Services) -> list[Middleware]:
    """Middleware for the whole server, Gradio's routes included; outermost first."""
    return [Middleware(Guard, services.config), Middleware(Identity, services.config)]


def build_api(services: Services) -> FastAPI:
    """The application mounted at /api. Owners come from :class:`Identity` in front of it."""
    api = FastAPI(title="Few-shot SAM", docs_url=None, redoc_url=None, openapi_url=None)
    add_error_handlers(api)
    api.add_middleware(UnexpectedErrors)
    for build in (project_routes, volume_routes, annotation_routes, run_routes, mask_routes):
        api.include_router(build(services))

    @api.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @api.get("/system")
    def system() -> dict[str, Any]:
        return services.system.describe()

    return api
