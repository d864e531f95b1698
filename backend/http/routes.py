"""Everything served over HTTP: the application for /api, static files, and middleware in front of both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route

from backend.http.annotations import annotation_routes
from backend.http.answers import JsonAnswer
from backend.http.archives import archive_routes
from backend.http.audit import Audit
from backend.http.batches import batch_routes
from backend.http.bodies import BodyLimits
from backend.http.calls import CallBodies, call_routes
from backend.http.deleted import deleted_routes
from backend.http.documents import ERRORS
from backend.http.errors import UnexpectedErrors, add_error_handlers
from backend.http.guard import Guard
from backend.http.health import health_routes
from backend.http.identity import OwnerCookies
from backend.http.login_pages import LoginDocuments
from backend.http.logins import LoginSessions
from backend.http.masks import mask_routes
from backend.http.members import member_routes
from backend.http.models import model_routes
from backend.http.oidc import oidc_callback, oidc_routes
from backend.http.outlines import outline_routes
from backend.http.paths import MONAI_LABEL, serves_programs
from backend.http.project_masks import project_mask_routes
from backend.http.projects import label_routes, project_routes
from backend.http.readings import reading_routes
from backend.http.references import reference_routes
from backend.http.review import review_routes
from backend.http.runs import run_routes
from backend.http.sessions import session_routes
from backend.http.static import StaticRoute, vendor_files
from backend.http.terms import term_routes
from backend.http.training_sets import training_set_routes
from backend.http.uploads import UploadSlots
from backend.http.volumes import upload_routes, volume_routes
from backend.http.work import ApiWork
from backend.schemas.answers import SystemAnswer

if TYPE_CHECKING:
    from backend.services import Services


def build_routes(services: Services, static_folder: Path) -> list[BaseRoute]:
    """Routes to put before Gradio's."""
    slots = UploadSlots(services.config)
    api = build_api(services, slots)
    documents = LoginDocuments(services.config, static_folder)
    return [
        Mount("/api", app=api),
        *_routes_of_programs(services, api),
        Route("/robots.txt", _robots),
        *documents.routes(),
        oidc_callback(services, api.state.work, documents),
        StaticRoute(static_folder, vendor_files()),
        *call_routes(services, slots),
    ]


def _routes_of_programs(services: Services, api: FastAPI) -> list[BaseRoute]:
    """Where programs of MONAI Label ask, within the limits of the page's API; none unless that is on."""
    if not serves_programs(services.config):
        return []
    from backend.http.monai_label.app import build_monai_label  # for those alone who want it

    return [Mount(MONAI_LABEL, app=build_monai_label(services, api.state.work, api.state.slots))]


def build_middleware(services: Services) -> list[Middleware]:
    """Middleware for the whole server, Gradio's routes included; outermost first."""
    people = [Middleware(LoginSessions, services), Middleware(Audit, services)]
    return [
        Middleware(UnexpectedErrors),
        Middleware(Guard, services.config),
        Middleware(BodyLimits),
        *(people if services.config.auth else [Middleware(OwnerCookies, services)]),
        Middleware(CallBodies),
    ]


def build_api(services: Services, slots: UploadSlots | None = None) -> FastAPI:
    """The application mounted at /api. Owners come from the middleware in front of it."""
    api = FastAPI(
        title="Few-shot SAM",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=JsonAnswer,
        responses=ERRORS,
    )
    add_error_handlers(api)
    api.add_middleware(UnexpectedErrors)
    work, slots = ApiWork.for_config(services.config), slots or UploadSlots(services.config)
    api.state.services, api.state.work, api.state.slots = services, work, slots
    for router in (
        health_routes(services),
        session_routes(services, work),
        oidc_routes(services),
        project_routes(services, work),
        project_mask_routes(services, work),
        training_set_routes(services, work),
        member_routes(services, work),
        label_routes(services, work),
        term_routes(),
        upload_routes(services, work, slots),
        volume_routes(services, work),
        annotation_routes(services, work, slots),
        outline_routes(services),
        run_routes(services, work),
        batch_routes(services, work),
        model_routes(services, work, slots),
        mask_routes(services, work),
        deleted_routes(services, work),
        review_routes(services, work),
        reading_routes(services, work),
        reference_routes(services, work, slots),
        archive_routes(services, work, slots),
    ):
        api.include_router(router)

    @api.get("/system")
    def system() -> SystemAnswer:
        """What runs here: encoder, device, version, limits."""
        return services.system.describe()

    return api


async def _robots(_request: Request) -> PlainTextResponse:
    """Workspaces are personal, and each visit of a crawler would be a new visitor."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
