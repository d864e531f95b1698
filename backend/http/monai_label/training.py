"""/train: fitting the project's model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from backend.asker import Asker
from backend.errors import NotFoundError
from backend.http.identity import Owner, WritingOwner
from backend.http.monai_label.requests import PROJECT, ModelPath
from backend.http.work import ApiWork
from backend.schemas.enums import UNFINISHED
from backend.schemas.requests import ProjectId
from backend.services.monai_label.tasks import task_of
from backend.services.monai_label.words import MODEL, require_model

if TYPE_CHECKING:
    from backend.services import Services


def training_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of fits. Parameters in their bodies make no difference."""
    router = APIRouter(prefix=f"{PROJECT}/train")
    training = services.monai_label.training

    async def begun(asker: Asker, project_id: str) -> dict[str, Any]:
        volume_id = await run_in_threadpool(training.volume_to_fit, asker, project_id)
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        return task_of(await work.write(training.start, asker, volume_id))

    @router.get("/")
    def status(asker: Owner, project_id: ProjectId, check_if_running: bool = False, all: bool = False) -> Any:
        """The last fit as a task; 404 where there was none, or none is running if that is asked."""
        run = training.latest(asker, project_id)
        if run is None or (check_if_running and run.state not in UNFINISHED):
            raise NotFoundError(
                "No model is being fitted." if check_if_running else "No model was fitted yet."
            )
        return [task_of(run)] if all else task_of(run)

    @router.post("/")
    async def fit_all(asker: WritingOwner, project_id: ProjectId) -> dict[str, Any]:
        """Fit all models, of which there is one."""
        return {MODEL: {"result": await begun(asker, project_id), "detail": None}}

    @router.post("/{model}")
    async def fit(asker: WritingOwner, project_id: ProjectId, model: ModelPath) -> dict[str, Any]:
        """Fit the model to all that is painted."""
        require_model(model)
        return await begun(asker, project_id)

    @router.delete("/")
    async def stop(asker: WritingOwner, project_id: ProjectId) -> dict[str, Any] | None:
        """Stop the fit that runs; null where none does."""
        stopped = await work.write(training.stop, asker, project_id)
        return None if stopped is None else task_of(stopped)

    return router
