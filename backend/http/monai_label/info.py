"""/info and /activelearning: what is here, and which image comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from backend.http.identity import Owner
from backend.http.monai_label.requests import PROJECT, StrategyPath
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services


def info_routes(services: Services) -> APIRouter:
    """Routes that change nothing."""
    router = APIRouter(prefix=PROJECT)

    @router.get("/info/")
    def info(asker: Owner, project_id: ProjectId) -> dict[str, Any]:
        """Labels, models, strategies, and how many images have labels."""
        return services.monai_label.describe(asker, project_id)

    @router.post("/activelearning/{strategy}")
    def next_sample(asker: Owner, project_id: ProjectId, strategy: StrategyPath) -> dict[str, Any]:
        """The image to work on next; empty where all were accepted. Parameters make no difference."""
        return services.monai_label.next_image(asker, project_id, strategy)

    return router
