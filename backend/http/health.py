"""/api/health and /api/ready: whether the server runs, and whether it can do its work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from fastapi import APIRouter

from backend.http.answers import JsonAnswer
from backend.schemas.health import CheckAnswer, HealthAnswer, ReadyAnswer

if TYPE_CHECKING:
    from backend.services import Services

READY_WITHIN_S = 2.0


def health_routes(services: Services) -> APIRouter:
    """Routes for container managers and monitoring; they tell nothing about anyone's data."""
    router = APIRouter()
    check = ReadyCheck(services)

    @router.get("/health")
    async def health() -> HealthAnswer:
        """Answers from the event loop alone: no thread, no database, no disk."""
        return HealthAnswer(status="ok")

    @router.get("/ready", response_model=ReadyAnswer, responses={503: {"model": ReadyAnswer}})
    async def ready() -> JsonAnswer:
        """Disk, database and worker, each with a sentence; 503 while one of them is not well."""
        state = await check.run()
        content = state.model_dump(mode="json", exclude_unset=True)
        return JsonAnswer(content, status_code=200 if state.ready else 503)

    return router


class ReadyCheck:
    """Runs the check in one thread at most, so that a stuck disk cannot take more of them."""

    def __init__(self, services: Services) -> None:
        self._check = services.readiness.check
        self._running = threading.Lock()

    async def run(self) -> ReadyAnswer:
        """What was found, or that nothing was within READY_WITHIN_S."""
        with anyio.move_on_after(READY_WITHIN_S):
            return await to_thread.run_sync(
                self._alone, limiter=anyio.CapacityLimiter(1), abandon_on_cancel=True
            )
        return _not_ready("The check of disk and database did not end in time.")

    def _alone(self) -> ReadyAnswer:
        if not self._running.acquire(blocking=False):
            return _not_ready("An earlier check of disk and database has not ended yet.")
        try:
            return self._check()
        finally:
            self._running.release()


def _not_ready(message: str) -> ReadyAnswer:
    return ReadyAnswer(ready=False, check=CheckAnswer(ok=False, message=message))
