"""/login, /invite and /account: documents of our own beside Gradio's page, where passwords are typed.

They are constants but for the name of the hospital's own login, where there is one. What they say is
put in here, so that no text changes before a person's eyes. Their policy lets nothing run or be loaded
but the few files that they name.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from backend.config import Config
from backend.http.guard import LOGIN_PATHS
from backend.http.policy import ContentPolicies

_BODY = '<body class="app"'
_WORDS = "words/en/login.json"
_TEXT = re.compile(r"\{\{login\.(\w+)\.(\w+)\}\}")


class LoginDocuments:
    """Answers with a document.

    Args:
        static_folder: holds the documents in ``login``, and their texts in ``words``.
    """

    def __init__(self, config: Config, static_folder: Path) -> None:
        self._provider, self._folder = config.oidc, static_folder
        self._pages: dict[str, str] = {}
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
        if name not in self._pages:
            self._pages[name] = _read(self._folder, name)
        page = self._pages[name]
        if self._provider is not None:
            facts = {
                "provider": self._provider.name,
                "passwords": "no" if self._provider.only else "yes",
                **facts,
            }
            marks = "".join(f' data-{key}="{escape(text)}"' for key, text in facts.items())
            page = page.replace(_BODY, _BODY + marks, 1)
        return HTMLResponse(page, status, self._headers)


def _read(static_folder: Path, name: str) -> str:
    """A document with its texts in place of their keys, such as ``{{login.form.title}}``."""
    words: dict[str, dict[str, str]] = json.loads((static_folder / _WORDS).read_text(encoding="utf-8"))
    page = (static_folder / "login" / f"{name}.html").read_text(encoding="utf-8")
    return _TEXT.sub(lambda key: escape(words[key[1]][key[2]]), page)
