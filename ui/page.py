"""The web page: Gradio's, and in it a frame that fills the window and holds our own document.

Gradio brings the server and the Space's entry point; everything a person sees is the document of
``ui/workspace.py``, built by ``static/main.js``. Gradio's page itself has no component: ``gr.HTML`` compiles
its templates with ``Function()``, which a policy without ``'unsafe-eval'`` forbids, so ``static/shell.js``
puts the frame there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.calls.files import CALL_FOLDER

os.environ["GRADIO_TEMP_DIR"] = CALL_FOLDER  # which is no folder: Gradio itself has no file to keep

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from backend.calls.calls import Calls
from backend.http.policy import ContentPolicies
from ui.calls import MAX_WAITING, add_calls
from ui.first_script import FirstScript
from ui.script_hashes import ScriptHashes
from ui.workspace import TITLE, workspace_route

STATIC_DIR = Path(__file__).parent / "static"
"""Folder the backend serves read-only at ``/static/`` (ES modules, CSS, one font)."""

FIRST_SCRIPT = "shell.js"
"""In :data:`STATIC_DIR`; runs before Gradio's own."""

FIRST_STYLES = "css/shell.css"
"""In :data:`STATIC_DIR`; without it a white page and a footer would flash before the frame is there."""


def build_page(calls: Calls) -> gr.Blocks:
    """The page as Gradio blocks, which is empty but for its API; mount it with :func:`mount_page`."""
    with gr.Blocks(title=TITLE, fill_width=True, fill_height=True, analytics_enabled=False) as page:
        add_calls(calls)
    return page.queue(max_size=MAX_WAITING)


def launch_options() -> dict[str, Any]:
    """Keyword arguments of ``gr.mount_gradio_app`` that belong to the page: theme, no footer."""
    system_fonts = ["Inter", "system-ui", "sans-serif"]
    return {
        "theme": gr.themes.Base(font=system_fonts, font_mono=["ui-monospace", "monospace"]),
        "footer_links": [],
    }


def mount_page(
    routes: Sequence[BaseRoute],
    middleware: Sequence[Middleware],
    policies: ContentPolicies,
    calls: Calls,
) -> FastAPI:
    """The application to serve: the page, with ``routes`` before Gradio's and ``middleware`` before all."""
    of_the_page = [
        Middleware(ScriptHashes, policy=policies.shell),
        Middleware(FirstScript, script=f"static/{FIRST_SCRIPT}", styles=f"static/{FIRST_STYLES}"),
    ]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=[*middleware, *of_the_page])
    return gr.mount_gradio_app(
        app,
        build_page(calls),
        path="/",
        app_kwargs={"routes": [workspace_route(policies.workspace()), *routes]},
        show_error=False,
        ssr_mode=False,
        pwa=False,
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        root_path=os.environ.get("GRADIO_ROOT_PATH"),
        **launch_options(),
    )
