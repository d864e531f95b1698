"""A bare file server with ui/static and a page on it, for tests of single modules."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ui.page import STATIC_DIR


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Tests print nothing."""


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    """ui/static served on a free port."""
    handler = functools.partial(_QuietHandler, directory=str(STATIC_DIR))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def module_page(static_url: str, browser: Browser) -> Iterator[Page]:
    """A page on that server, where modules can be imported."""
    page = browser.new_page()
    page.goto(f"{static_url}/fonts/INTER-LICENSE.txt")
    yield page
    page.close()


@pytest.fixture
def run_js(module_page: Page) -> Callable[..., Any]:
    """Call a JavaScript function ``(modules, argument) => result`` with the named modules imported."""

    def run(modules: list[str], function: str, argument: Any = None) -> Any:
        script = f"""async ([paths, argument]) => {{
            const loaded = await Promise.all(paths.map((path) => import("/" + path)));
            return ({function})(Object.assign({{}}, ...loaded), argument);
        }}"""
        return module_page.evaluate(script, [modules, argument])

    return run
