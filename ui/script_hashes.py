"""Lets the inline scripts of Gradio's page run, and no others: the page's policy names their hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(rb"\ssrc\s*=", re.IGNORECASE)


class ScriptHashes:
    """ASGI middleware that gives each HTML page a policy with the hashes of the scripts in it.

    The page is held back until all of it is there. The server wrote it from constants: a request changes
    nothing in it but its own address, which :mod:`backend.http.guard` checked.

    Args:
        app: what answers.
        policy: Content-Security-Policy of a page with these inline scripts.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[Iterable[bytes]], str]) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        held = b""

        async def add(message: Message) -> None:
            nonlocal start, held
            if message["type"] == "http.response.start" and _needs_policy(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            held += message.get("body", b"")
            if message.get("more_body", False):
                return
            MutableHeaders(scope=start)["Content-Security-Policy"] = self._policy(inline_scripts(held))
            await send(start)
            await send({**message, "body": held})

        await self._app(scope, receive, add)


def inline_scripts(page: bytes) -> list[bytes]:
    """The texts of a page's scripts that have no source."""
    return [text for attributes, text in _SCRIPT.findall(page) if not _SOURCE.search(attributes)]


def _needs_policy(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return "content-security-policy" not in headers and headers.get("content-type", "").startswith(
        "text/html"
    )
