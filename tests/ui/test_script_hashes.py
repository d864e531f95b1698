"""The policy of Gradio's page: it names the inline scripts that are in it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from ui.script_hashes import ScriptHashes, inline_scripts

PAGE = (
    '<head><script>1 < 2</script><SCRIPT async src="a.js"></SCRIPT></head><script data-x>\n3</script ></html>'
)


def policy(scripts: Iterable[bytes]) -> str:
    return ",".join(script.decode().strip() for script in scripts)


def answered(response: Response) -> Response:
    return TestClient(ScriptHashes(response, policy)).get("/")  # type: ignore[return-value]


def test_inline_scripts_are_found() -> None:
    assert inline_scripts(PAGE.encode()) == [b"1 < 2", b"\n3"]


def test_a_page_has_the_policy_of_its_scripts() -> None:
    pieces = StreamingResponse(iter([PAGE[:20], PAGE[20:]]), media_type="text/html")
    for answer in (answered(HTMLResponse(PAGE)), answered(pieces)):
        assert answer.headers["content-security-policy"] == "1 < 2,3"
        assert answer.text == PAGE  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"a": "<script>1</script>"}),
        HTMLResponse(PAGE, headers={"Content-Security-Policy": "own"}),
    ],
)
def test_all_else_is_left_alone(response: Response) -> None:
    found = answered(response).headers.get("content-security-policy")
    assert found == response.headers.get("content-security-policy")
