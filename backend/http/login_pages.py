"""/login, /invite and /account: documents of our own beside Gradio's page, where passwords are typed.

They are constants but for the name of the hospital's own login, where there is one. Their policy lets
nothing run or be loaded but the few files that they name.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from backend.config import Config
from backend.http.guard import LOGIN_PATHS
from backend.http.policy import ContentPolicies

_BODY = '<body class="app"'


class LoginDocuments:
    """Answers with a document.

    Args:
        folder: where the file of each has its name.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        self._provider, self._folder = config.oidc, folder
        self._headers = {
            "Content-Security-Policy": ContentPolicies.for_config(config).login(),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }

    def routes(self) -> list[BaseRoute]:
        """A route for each document; the guard opens them with --auth."""
        return [self._route(path) for path in sorted(LOGIN_PATHS)]

    def login(self, problem: str, status: int) -> Response:
        """The document to log in on, which says why that did not work."""
        return self._document("login", {"problem": problem}, status)

    def _route(self, path: str) -> Route:
        def answer(_request: Request) -> Response:
            return self._document(path.strip("/"), {}, 200)

        return Route(path, answer)

    def _document(self, name: str, facts: dict[str, str], status: int) -> Response:
        file = self._folder / f"{name}.html"
        if self._provider is None:
            return FileResponse(file, status, self._headers, media_type="text/html")
        facts = {
            "provider": self._provider.name,
            "passwords": "no" if self._provider.only else "yes",
            **facts,
        }
        marks = "".join(f' data-{key}="{escape(text)}"' for key, text in facts.items())
        page = file.read_text(encoding="utf-8").replace(_BODY, _BODY + marks, 1)
        return HTMLResponse(page, status, self._headers)
