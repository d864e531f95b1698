"""The script that comes before Gradio's: in pages, and in nothing else."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from ui.first_script import FirstScript

PAGE = "<html><head><title>A</title></head><body></body></html>"


def answered(response: Response) -> str:
    return TestClient(FirstScript(response, script="first.js")).get("/").text


def test_it_is_the_first_of_the_head() -> None:
    page = answered(HTMLResponse(PAGE))
    assert page == PAGE.replace("<head>", '<head><script type="module" src="first.js"></script>')


def test_styles_come_with_it() -> None:
    styled = TestClient(FirstScript(HTMLResponse(PAGE), script="first.js", styles="a.css")).get("/").text
    assert (
        '<head><script type="module" src="first.js"></script><link rel="stylesheet" href="a.css">' in styled
    )


def test_a_page_in_pieces() -> None:
    pieces = StreamingResponse(iter([PAGE[:20], PAGE[20:]]), media_type="text/html")
    assert '<head><script type="module" src="first.js"></script>' in answered(pieces)


@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"text": "<head>"}),
        Response(PAGE, media_type="text/plain"),
        HTMLResponse("<p>no head</p>"),
        HTMLResponse(PAGE, headers={"content-encoding": "unknown"}),
        HTMLResponse(PAGE, headers={"content-security-policy": "ours"}),
        HTMLResponse(PAGE, headers={"content-disposition": 'attachment; filename="report.html"'}),
    ],
)
def test_all_else_is_left_alone(response: Response) -> None:
    assert answered(response) == bytes(response.body).decode()


def test_other_protocols_pass() -> None:
    started: list[str] = []

    async def lifespan(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        started.append(scope["type"])
        await Starlette()(scope, receive, send)

    with TestClient(FirstScript(lifespan, script="first.js")):
        assert started == ["lifespan"]
