"""/login, /invite and /account: documents of our own beside Gradio's page, where passwords are typed.

They are constants, and their policy lets nothing run or be loaded but the few files that they name.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Route

from backend.config import Config
from backend.http.guard import LOGIN_PATHS
from backend.http.policy import ContentPolicies


def login_pages(config: Config, folder: Path) -> list[BaseRoute]:
    """A route for each document, whose file in ``folder`` has its name; the guard opens them with --auth."""
    headers = {
        "Content-Security-Policy": ContentPolicies.for_config(config).login(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }

    def page(path: str) -> Route:
        file = folder / f"{path.strip('/')}.html"

        async def answer(_request: Request) -> FileResponse:
            return FileResponse(file, media_type="text/html", headers=headers)

        return Route(path, answer)

    return [page(path) for path in sorted(LOGIN_PATHS)]
