"""Cookies: made and signed here, renewed, Secure behind TLS; who comes from an earlier version stays."""

from __future__ import annotations

import dataclasses
import secrets
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import Config
from backend.http.identity import COOKIE
from backend.http.tokens import LIFETIME_S, RENEW_AFTER_S, Tokens, load_key, owner_of, unsigned_secret
from backend.services import Services, build_services
from storage.models import OwnerRow, utc_now
from tests.backend.clients import make_client

NOW_S = 1_800_000_000.0


@pytest.fixture
def multi_user(config: Config) -> Iterator[Services]:
    services = build_services(dataclasses.replace(config, multi_user=True))
    yield services
    services.close()


@pytest.fixture
def visitor(multi_user: Services, tmp_path: Path) -> TestClient:
    return make_client(multi_user, tmp_path)


def given_cookie(client: TestClient, value: str) -> str | None:
    """The cookie the server answers with to one that a client brings; None when it keeps it."""
    answer = client.get("/api/system", headers={"Cookie": f"{COOKIE}={value}".encode("latin-1")})
    client.cookies.clear()
    header = answer.headers.get("set-cookie")
    return None if header is None else header.split(";")[0].removeprefix(f"{COOKIE}=")


def test_a_cookie_is_read_only_by_whom_it_was_signed_for() -> None:
    tokens, others = Tokens(b"a" * 32), Tokens(b"b" * 32)
    cookie = tokens.make(NOW_S)
    secret, issued, signature = cookie.split(".")
    token = tokens.read(cookie, NOW_S)
    assert token is not None
    assert (token.secret, token.issued_s) == (secret, int(NOW_S))
    assert others.read(cookie, NOW_S) is None
    for forged in (
        f"{secret}.{int(issued) + 1}.{signature}",
        f"{'x' * 43}.{issued}.{signature}",
        secret,
        "",
        "..",
        cookie + "x",
    ):
        assert tokens.read(forged, NOW_S) is None
    assert tokens.read(cookie, NOW_S + LIFETIME_S + 1) is None


def test_the_key_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    key = load_key(tmp_path)
    assert load_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "cookie.key").stat().st_mode) == 0o600
    (tmp_path / "cookie.key").write_bytes(b"cut off")
    assert len(load_key(tmp_path)) == 32


@pytest.mark.parametrize("made_up", ["guess", "x" * 43, f"{'x' * 43}.1.{'y' * 43}", '"\xff"', "a.b.c"])
def test_what_was_not_made_here_is_replaced(visitor: TestClient, made_up: str) -> None:
    fresh = given_cookie(visitor, made_up)
    assert fresh is not None
    assert not fresh.startswith("x" * 43)
    assert given_cookie(visitor, fresh) is None


def test_a_visitor_of_an_earlier_version_keeps_the_work(visitor: TestClient, multi_user: Services) -> None:
    old = secrets.token_urlsafe(32)
    assert unsigned_secret(old) == old
    stranger = given_cookie(visitor, old)
    assert stranger is not None
    assert not stranger.startswith(old)
    with multi_user.database.write() as session:
        before_signing = utc_now() - timedelta(days=1)
        session.add(OwnerRow(id=owner_of(old), demo_created=True, created_at=before_signing))
    project = multi_user.projects.create(Asker(owner_of(old)), "mine")
    signed = given_cookie(visitor, old)
    assert signed is not None
    assert signed.startswith(f"{old}.")
    listed = visitor.get("/api/projects", headers={"Cookie": f"{COOKIE}={signed}"}).json()
    assert [each["id"] for each in listed] == [project.id]


def test_the_secret_of_a_signed_cookie_is_no_cookie(visitor: TestClient, multi_user: Services) -> None:
    """Only who came before cookies were signed has one without: a signature cannot be left out."""
    signed = given_cookie(visitor, "none")
    assert signed is not None
    secret = signed.split(".")[0]
    multi_user.workspaces.open(Asker(owner_of(secret)))
    other = given_cookie(visitor, secret)
    assert other is not None
    assert not other.startswith(secret)


@pytest.mark.parametrize(
    "others",
    [
        'a={"x": 1}; {}',
        "a=b c; {}",
        "x; {}",
        'a="no end; {}',
        "a[0]=\xfc; {}",
        "/x/=3; =1; {}",
        "{}; " + COOKIE + "=junk",
        COOKIE + "=junk; {}; b",
    ],
)
def test_cookies_of_other_applications_hide_no_work(visitor: TestClient, others: str) -> None:
    own = given_cookie(visitor, "")
    assert own is not None
    header = others.replace("{}", f"{COOKIE}={own}")
    answer = visitor.get("/api/system", headers={"Cookie": header.encode("latin-1")})
    assert "set-cookie" not in answer.headers


def test_health_leaves_cookies_of_an_earlier_version_alone(visitor: TestClient, multi_user: Services) -> None:
    multi_user.database.close()
    answer = visitor.get("/api/health", headers={"Cookie": f"{COOKIE}={secrets.token_urlsafe(32)}"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


def test_work_of_an_earlier_version_without_an_owners_row_is_found(
    visitor: TestClient, multi_user: Services
) -> None:
    old = secrets.token_urlsafe(32)
    multi_user.projects.create(Asker(owner_of(old)), "mine")
    assert (given_cookie(visitor, old) or "").startswith(f"{old}.")


def test_a_cookie_is_renewed_for_the_same_owner(
    visitor: TestClient, multi_user: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = Tokens(load_key(multi_user.config.home))
    monkeypatch.setattr("backend.http.identity.time.time", lambda: NOW_S)
    young, old = tokens.make(NOW_S - RENEW_AFTER_S + 60), tokens.make(NOW_S - RENEW_AFTER_S - 60)
    expired = tokens.make(NOW_S - LIFETIME_S - 60)
    assert given_cookie(visitor, young) is None
    renewed = given_cookie(visitor, old)
    assert renewed == tokens.make(NOW_S, old.split(".")[0])
    assert (given_cookie(visitor, expired) or "").split(".")[0] != expired.split(".")[0]


@pytest.mark.parametrize(
    ("scheme", "forwarded", "secure"),
    [
        ("http", None, False),
        ("https", None, True),
        ("http", "https", True),
        ("http", "https, http", True),
        ("http", "http", False),
    ],
)
def test_cookies_are_secure_behind_tls(
    visitor: TestClient, scheme: str, forwarded: str | None, secure: bool
) -> None:
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}
    cookie = visitor.get(f"{scheme}://127.0.0.1:7860/api/health", headers=headers).headers["set-cookie"]
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_answers_with_patient_data_are_not_kept(client: TestClient, project_id: str) -> None:
    for path in ("/api/projects", f"/api/projects/{project_id}", "/api/system", "/api/nope"):
        assert client.get(path).headers["cache-control"] == "no-store"
