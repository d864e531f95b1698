"""The workspace's own document: everything a person sees, shown in a frame that fills Gradio's page.

It is a constant: nothing a user typed is ever put into it. Its policy allows nothing inline, so styles and
scripts are files, and the program sets styles through ``element.style`` only, which a policy lets pass.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from backend.http.guard import WORKSPACE

TITLE = "Few-shot SAM"
ENTRY = "workspace.js"
"""In ui/static; imports main.js and starts it."""

DOCUMENT = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{TITLE}</title>
<link rel="stylesheet" href="static/css/document.css">
<link rel="stylesheet" href="static/css/app.css">
<link rel="icon" href="favicon.ico">
<script type="module" blocking="render" src="static/theme.js"></script>
<script type="module" src="static/{ENTRY}"></script>
</head>
<body>
<div class="workspace-root"></div>
</body>
</html>
"""


def workspace_route(policy: str) -> Route:
    """Answers with the document under ``policy``, its Content-Security-Policy."""
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}

    async def answer(_request: Request) -> HTMLResponse:
        return HTMLResponse(DOCUMENT, headers=headers)

    return Route(WORKSPACE, answer, methods=["GET"])
