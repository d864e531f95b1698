"""/static: the page's own scripts and styles, and NiiVue from the package that ships it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

PREFIX = "/static/"


class StaticRoute(BaseRoute):
    """Files of ``folder`` and single ``extra`` files, by their path after /static/.

    Matches only paths that exist here: Gradio serves files of its own under /static, and those
    requests must go on to it. Browsers revalidate by ETag on every load, so an update shows at once.
    """

    def __init__(self, folder: Path, extra: Mapping[str, Path]) -> None:
        self._folder = folder.resolve()
        self._extra = dict(extra)
        self._files = StaticFiles(directory=folder, check_dir=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full match for GET and HEAD of a file that is here."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = self._find(scope["path"])
        return (Match.NONE, {}) if path is None else (Match.FULL, {"static_file": path})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file, or 304."""
        path: Path = scope["static_file"]
        response = self._files.file_response(path, path.stat(), scope)
        response.headers["Cache-Control"] = "no-cache"
        if path.suffix in (".js", ".mjs") and isinstance(response, FileResponse):
            response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> NoReturn:
        """Static files have no route names."""
        raise NoMatchFound(name, path_params)

    def _find(self, url_path: str) -> Path | None:
        if not url_path.startswith(PREFIX):
            return None
        relative = url_path.removeprefix(PREFIX)
        if relative in self._extra:
            return self._extra[relative]
        try:
            path = (self._folder / relative).resolve()
            return path if path.is_relative_to(self._folder) and path.is_file() else None
        except (ValueError, OSError):  # a NUL character, or a name longer than the file system takes
            return None


def vendor_files() -> dict[str, Path]:
    """NiiVue as nilearn ships it; importing nilearn itself would take seconds."""
    spec = importlib.util.find_spec("nilearn")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package nilearn, which ships NiiVue, is not installed; run make again.")
    return {"vendor/niivue.umd.js": Path(spec.origin).parent / "_assets" / "js" / "niivue.umd.js"}
