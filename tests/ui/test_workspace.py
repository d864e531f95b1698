"""The workspace's document: everything in it is a file, and it says so to the browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.page import STATIC_DIR
from ui.workspace import DOCUMENT, workspace_route

POLICY = "default-src 'none'"


class Elements(HTMLParser):
    """Start tags with their attributes, and the texts in scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip()


def test_nothing_is_inline() -> None:
    elements = Elements()
    elements.feed(DOCUMENT)
    assert elements.inline == ""
    names = {name for _, attributes in elements.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert not {"iframe", "base", "style", "form", "object", "embed"} & {tag for tag, _ in elements.tags}


def test_what_it_names_is_there() -> None:
    names = re.findall(r'(?:href|src)="static/([^"]+)"', DOCUMENT)
    assert len(names) == 4
    for name in names:
        assert (STATIC_DIR / name).is_file(), name


def test_it_answers_with_its_own_policy_wherever_it_is_mounted() -> None:
    client = TestClient(Starlette(routes=[workspace_route(POLICY)]))
    answer = client.get("/workspace")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == DOCUMENT
    assert not re.search(r'(?:href|src)="/', answer.text)  # relative: a proxy may serve it under a path
    assert client.post("/workspace").status_code == 405
