"""A hospital's own login under attack: forged answers, forged tokens, and a provider that is broken."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.testclient import TestClient

from backend.config import Config
from backend.http.oidc import LOGINS_PER_MINUTE
from backend.oidc import pending, web
from backend.oidc import provider as provider_module
from backend.oidc.logins import STALE
from backend.services import Services
from tests.backend.accounts_helpers import services_with_logins, stranger
from tests.backend.oidc.loopback import NAME, LoopbackProvider, endless_answer, large_answer
from tests.backend.oidc.visits import assert_refused, begin, come_back, went_there
from ui.page import STATIC_DIR


def test_a_state_that_is_wrong_or_missing(client: TestClient, provider: LoopbackProvider) -> None:
    back = went_there(client, provider)
    code = parse_qs(urlsplit(back).query)["code"][0]
    for query in (f"code={code}&state=x", f"code={code}", f"code={code}&state=%C3%A9", ""):
        assert_refused(client, client.get(f"/oidc-callback?{query}"), 409, STALE)
    assert provider.redeemed == []
    assert client.get(back).status_code == 303  # others' attempts do not end the person's own


def test_an_answer_is_taken_once(client: TestClient, hospital: Services, provider: LoopbackProvider) -> None:
    back = went_there(client, provider)
    cookies = dict(client.cookies)
    assert client.get(back).status_code == 303
    again = stranger(hospital, STATIC_DIR)
    again.cookies.update(cookies)
    assert_refused(again, again.get(back), 409, STALE)
    assert len(provider.redeemed) == 1


def test_another_browser_cannot_use_an_answer(
    hospital: Services, client: TestClient, provider: LoopbackProvider
) -> None:
    back = went_there(client, provider)
    other = stranger(hospital, STATIC_DIR)
    assert_refused(other, other.get(back), 409, STALE)
    begin(other)  # it has a cookie, of a login of its own
    assert_refused(other, other.get(back), 409, STALE)
    assert provider.redeemed == []


def test_a_cookie_of_one_login_is_none_of_another(client: TestClient, provider: LoopbackProvider) -> None:
    first = went_there(client, provider)
    ((name, secret),) = client.cookies.items()
    client.cookies.delete(name)
    second = went_there(client, provider)
    ((other, _),) = client.cookies.items()
    client.cookies.delete(other)
    client.cookies.set(other, secret)
    for back in (first, second):
        assert_refused(client, client.get(back), 409, STALE)


def test_an_answer_comes_within_ten_minutes(
    client: TestClient, hospital: Services, provider: LoopbackProvider
) -> None:
    assert hospital.oidc is not None
    hospital.oidc._pending._clock = lambda: time.monotonic() - 601
    back = went_there(client, provider)
    hospital.oidc._pending._clock = time.monotonic
    assert_refused(client, client.get(back), 409, STALE)


def test_a_code_of_another_login_is_worth_nothing_here(
    client: TestClient, hospital: Services, provider: LoopbackProvider
) -> None:
    theirs = went_there(stranger(hospital, STATIC_DIR), provider)
    own = parse_qs(urlsplit(went_there(client, provider)).query)
    stolen = parse_qs(urlsplit(theirs).query)["code"][0]
    query = urlencode({"code": stolen, "state": own["state"][0]})
    assert_refused(client, client.get(f"/oidc-callback?{query}"), 401, "does not take")  # another verifier
    assert provider.redeemed[0]["code"] == stolen


def test_a_token_without_a_verifier_is_not_asked_for(client: TestClient, provider: LoopbackProvider) -> None:
    address = begin(client).json()["address"]
    without = address.replace("code_challenge=", "code_challenge=other")
    assert_refused(client, client.get(provider.visit(without)), 401, "does not take")
    assert len(provider.redeemed[0]["code_verifier"]) == 64


@pytest.mark.parametrize(
    "answer",
    [
        lambda: PlainTextResponse("<html>garbage"),
        lambda: PlainTextResponse("[" * 100_000),
        lambda: JSONResponse([1]),
        lambda: JSONResponse({"id_token": 7}),
        lambda: JSONResponse({"id_token": "a.b.c"}),
        lambda: JSONResponse({"id_token": "x", "expires_in": []}),
        lambda: JSONResponse({"error": "invalid_client"}, 401),
        lambda: PlainTextResponse("down", 502),
        lambda: Response(status_code=302, headers={"Location": "http://127.0.0.1:1/"}),
        lambda: Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        lambda: large_answer(10 * 1024**2),
    ],
    ids=[
        "html",
        "deep",
        "list",
        "number",
        "no token",
        "no time",
        "client",
        "502",
        "redirect",
        "gzip",
        "large",
    ],
)
def test_answers_of_a_broken_provider(
    client: TestClient, provider: LoopbackProvider, answer: Callable[[], Response]
) -> None:
    provider.token_answer = answer
    assert_refused(
        client, come_back(client, provider), 401, f"{NAME} gave an answer that this server does not take"
    )


def test_a_provider_that_never_ends(
    client: TestClient, provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.token_answer = endless_answer
    begin(client)
    monkeypatch.setattr(provider_module, "MAX_EXCHANGE_S", 1.0)
    assert_refused(client, come_back(client, provider), 503, "cannot be reached")


def test_a_provider_that_is_not_there(
    client: TestClient, provider: LoopbackProvider, caplog: pytest.LogCaptureFixture
) -> None:
    back = went_there(client, provider)
    provider.stop()
    with caplog.at_level(logging.WARNING):
        assert_refused(client, client.get(back), 503, f"{NAME} cannot be reached")
    assert "cannot be reached: ConnectError" in caplog.text and "code=" not in caplog.text


def test_a_login_cannot_begin_where_the_provider_is_not_there(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT_S", 1.0)
    settings = LoopbackProvider().settings(issuer="http://127.0.0.1:1")
    services = services_with_logins(dataclasses.replace(config, oidc=settings))
    for _ in range(2):  # the second time without asking
        answer = begin(stranger(services, STATIC_DIR))
        assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)
    services.close()


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://login.example.org"},
        {"token_endpoint": "http://login.example.org/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_discovery_documents_that_are_not_believed(
    client: TestClient, provider: LoopbackProvider, lie: dict[str, Any]
) -> None:
    provider.documents = lie
    answer = begin(client)
    assert (answer.status_code, "does not take" in answer.text) == (401, True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"error": "access_denied"}, "did not let you in"),
        (
            {"error": "server_error", "error_description": "<b>call 555</b>"},
            "answered with an error (server_error)",
        ),
        ({"error": "<script>alert(1)</script>"}, "answered with an error. Try"),
        ({"code": "x", "iss": "https://login.example.org"}, "answered with an error. Try"),
        ({}, "does not take"),
    ],
)
def test_errors_of_the_provider_are_sentences(
    client: TestClient, provider: LoopbackProvider, query: dict[str, str], sentence: str
) -> None:
    address = begin(client).json()["address"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    answer = client.get(f"/oidc-callback?{urlencode({**query, 'state': state})}")
    assert_refused(client, answer, 401, sentence)
    assert "555" not in answer.text and "<script>alert" not in answer.text


def test_there_is_no_open_redirect(client: TestClient, provider: LoopbackProvider) -> None:
    begun = client.post("/api/oidc?next=https://evil.example", json={"to": "log_in"})
    back = provider.visit(begun.json()["address"])
    answer = client.get(f"{back}&next=https://evil.example&redirect_uri=https://evil.example")
    assert answer.headers["location"] == "login#in"


def test_the_way_back_is_never_built_from_the_host_header(config: Config, provider: LoopbackProvider) -> None:
    services = services_with_logins(
        dataclasses.replace(
            config,
            oidc=provider.settings(),
            host="0.0.0.0",
            allowed_hosts=("labels.example.org", "other.example.org"),
        )
    )
    client = stranger(services, STATIC_DIR)
    assert begin(client, Host="evil.example").status_code == 403
    answer = begin(client, Host="other.example.org")
    assert (answer.status_code, "log in there" in answer.text) == (409, True)
    address = begin(client, Host="labels.example.org").json()["address"]
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == ["https://labels.example.org/oidc-callback"]
    services.close()


def test_another_site_cannot_begin_a_login(client: TestClient) -> None:
    assert begin(client, **{"X-Fewshot-Sam": ""}).status_code == 403
    assert begin(client, Origin="https://evil.example").status_code == 403


def test_nobody_begins_logins_without_end(
    client: TestClient, hospital: Services, provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = went_there(client, provider)
    monkeypatch.setattr(pending, "MAX_PENDING", 5)
    flood = stranger(hospital, STATIC_DIR)
    told = [begin(flood, **{"X-Forwarded-For": "203.0.113.9"}) for _ in range(LOGINS_PER_MINUTE + 1)]
    assert [each.status_code for each in told] == [200] * LOGINS_PER_MINUTE + [429]
    assert (told[-1].headers["retry-after"], "Try again in a minute" in told[-1].text) == ("60", True)
    assert begin(flood, **{"X-Forwarded-For": "203.0.113.10"}).status_code == 200
    assert client.get(back).status_code == 303
