"""The web page: one full-viewport Gradio component that hosts our own ES modules.

Gradio brings the server, login and the Space's entry point; everything a person sees is built by
``static/main.js``. Nothing a user typed is ever put into a template here: the component's HTML is a
constant, and all data reaches the page through the HTTP API.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from ui.first_script import FirstScript

STATIC_DIR = Path(__file__).parent / "static"
"""Folder the backend serves read-only at ``/static/`` (ES modules, CSS, one font)."""

FIRST_SCRIPT = "quiet_gradio.js"
"""In :data:`STATIC_DIR`; runs before Gradio's own."""

TITLE = "Few-shot SAM"

# A dark backdrop before the modules arrive, and Gradio's own chrome out of the way: without it a white
# page and a footer flash for the moment between Gradio's start and ours.
_SHELL_CSS = """
html, body, gradio-app { background: #0b0d10 !important; }
body { overflow: hidden; margin: 0; }
gradio-app .gradio-container, gradio-app .gradio-container > .main {
  padding: 0 !important; margin: 0 !important; max-width: none !important; background: #0b0d10 !important; }
gradio-app footer, gradio-app .loading { display: none !important; }
#fewshot-host { position: fixed; inset: 0; z-index: 10; background: #0b0d10; }
"""

_HEAD = """
<meta name="color-scheme" content="dark">
<link rel="stylesheet" href="{base}static/css/app.css">
<link rel="modulepreload" href="{base}static/main.js">
"""

# Gradio runs this when the component is on the page; import() because it is not itself a module.
_ON_LOAD = """
const root = element.querySelector('#fewshot-root') || element;
import(new URL('static/main.js', document.baseURI).href)
  .then((app) => app.start(root))
  .catch((error) => { root.textContent = 'The application could not start: ' + error.message; });
"""


def build_page() -> gr.Blocks:
    """The page as Gradio blocks; mount it with :func:`mount_page`."""
    with gr.Blocks(title=TITLE, fill_width=True, fill_height=True, analytics_enabled=False) as page:
        gr.HTML(
            html_template='<div id="fewshot-root"></div>',
            js_on_load=_ON_LOAD,
            elem_id="fewshot-host",
            apply_default_css=False,
        )
    return page


def launch_options(base_path: str = "/") -> dict[str, Any]:
    """Keyword arguments of ``gr.mount_gradio_app`` that belong to the page: theme, CSS, head, no footer.

    Args:
        base_path: the URL path the application is mounted under, with a trailing slash.
    """
    system_fonts = ["Inter", "system-ui", "sans-serif"]
    return {
        "theme": gr.themes.Base(font=system_fonts, font_mono=["ui-monospace", "monospace"]),
        "css": _SHELL_CSS,
        "head": _HEAD.format(base=base_path),
        "footer_links": [],
    }


def mount_page(routes: Sequence[BaseRoute], middleware: Sequence[Middleware]) -> FastAPI:
    """The application to serve: the page, with ``routes`` before Gradio's and ``middleware`` before all."""
    first_script = Middleware(FirstScript, script=f"static/{FIRST_SCRIPT}")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=[*middleware, first_script])
    return gr.mount_gradio_app(
        app,
        build_page(),
        path="/",
        app_kwargs={"routes": list(routes)},
        show_error=False,
        ssr_mode=False,
        pwa=False,
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        root_path=os.environ.get("GRADIO_ROOT_PATH"),
        **launch_options(),
    )
