"""Puts a script of ours before Gradio's in the page: what Gradio calls ``head`` is added after they ran."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAD = b"<head>"


class FirstScript:
    """ASGI middleware that adds a script to the beginning of every HTML page's head.

    Pages that come with a Content-Security-Policy are ours and left alone, and so are those to be downloaded.

    Args:
        app: what answers.
        script: URL, relative to the page's own.
        styles: URL of a stylesheet that the page waits for, relative to the page's own.
    """

    def __init__(self, app: ASGIApp, script: str, styles: str | None = None) -> None:
        self._app = app
        link = f'<link rel="stylesheet" href="{styles}">' if styles else ""
        self._tag = f'<head><script type="module" src="{script}"></script>{link}'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI. A page's headers wait for the beginning of its body, whose length they tell."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def add(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is not None:
                body = message.get("body", b"").replace(_HEAD, self._tag, 1)
                added = len(body) - len(message.get("body", b""))
                start["headers"] = [_longer(header, added) for header in start["headers"]]
                message = {**message, "body": body}
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, add)


def _is_page(start: Message) -> bool:
    headers = dict(start["headers"])
    foreign = not headers.keys() & {b"content-encoding", b"content-security-policy", b"content-disposition"}
    return foreign and headers.get(b"content-type", b"").startswith(b"text/html")


def _longer(header: tuple[bytes, bytes], added: int) -> tuple[bytes, bytes]:
    name, value = header
    return (name, str(int(value) + added).encode()) if name == b"content-length" else header
