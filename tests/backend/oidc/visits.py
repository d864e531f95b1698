"""What a browser does to log in at a provider, and what it is shown when that fails."""

from __future__ import annotations

from html import unescape
from typing import Any

from starlette.testclient import TestClient

from backend.http.logins import SESSION_COOKIE
from tests.backend.oidc.loopback import LoopbackProvider


def begin(client: TestClient, **headers: str) -> Any:
    """Ask where to log in; the answer."""
    return client.post("/api/oidc", json={"to": "log_in"}, headers=headers)


def went_there(client: TestClient, provider: LoopbackProvider) -> str:
    """Log in at the provider; where it sends the browser then."""
    begun = begin(client)
    assert begun.status_code == 200, begun.text
    return provider.visit(begun.json()["address"])


def come_back(client: TestClient, provider: LoopbackProvider) -> Any:
    """Log in at the provider and come back; the answer."""
    return client.get(went_there(client, provider))


def problem_of(answer: Any) -> str:
    """What the login document says went wrong."""
    _, _, rest = answer.text.partition('data-problem="')
    return unescape(rest.partition('"')[0])


def assert_refused(client: TestClient, answer: Any, status: int, sentence: str) -> None:
    """The answer is the login document with that sentence, and nobody is logged in."""
    assert (answer.status_code, SESSION_COOKIE in client.cookies) == (status, False), answer.text
    assert sentence in problem_of(answer)
    assert answer.headers["content-type"].startswith("text/html") and "Traceback" not in answer.text
