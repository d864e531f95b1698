"""Logging in and out over HTTP: cookies, sessions that end, invitations, and what a stranger may see."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from backend.config import Config
from backend.http.login_pages import LoginDocuments
from backend.http.logins import SESSION_COOKIE
from backend.http.sessions import CHECKS_PER_MINUTE
from backend.http.tokens import owner_of
from backend.queries.accounts import account_named
from backend.schemas.enums import AccountRole
from backend.services import Services
from backend.services.login_attempts import FREE_OF_ACCOUNT
from backend.services.logins import SEEN_EVERY, WRONG
from storage.accounts import AccountRow, InvitationRow, SessionRow
from storage.models import OwnerRow, utc_now
from tests.backend.accounts_helpers import (
    PASSWORD,
    accounts_of,
    log_in,
    person,
    services_with_logins,
    stranger,
)
from ui.page import STATIC_DIR


@pytest.fixture
def nobody(hospital: Services) -> TestClient:
    return stranger(hospital, STATIC_DIR)


def token_of(client: TestClient) -> str:
    return str(client.cookies[SESSION_COOKIE])


def change_sessions(services: Services, **values: object) -> None:
    with services.database.write() as session:
        session.execute(update(SessionRow).values(**values))


def test_a_person_logs_in_works_and_logs_out(ada: TestClient, hospital: Services) -> None:
    assert ada.get("/api/session").json() == {"name": "Ada", "role": "annotator"}
    project = ada.post("/api/projects", json={"name": "Livers"}).json()
    assert [each["id"] for each in ada.get("/api/projects").json()] == [project["id"]]
    with hospital.database.read() as session:
        row = account_named(session, "ada")
        assert row is not None
        assert session.get(OwnerRow, row.id) is not None
    token = token_of(ada)
    answer = ada.delete("/api/session")
    assert (answer.status_code, "Max-Age=0" in answer.headers["set-cookie"]) == (204, True)
    ada.cookies.set(SESSION_COOKIE, token)  # a copy of the cookie is worth nothing
    assert ada.get("/api/projects").status_code == 401


def test_only_hashes_of_tokens_are_stored(ada: TestClient, hospital: Services) -> None:
    with hospital.database.read() as session:
        (stored,) = session.scalars(select(SessionRow.token_hash))
    assert stored == owner_of(token_of(ada))  # SHA-256
    ada.cookies.clear()
    ada.cookies.set(SESSION_COOKIE, stored)
    assert ada.get("/api/session").status_code == 401


def test_neither_name_nor_password_is_told_to_be_wrong(ada: TestClient, nobody: TestClient) -> None:
    told = {
        (answer.status_code, answer.text)
        for name, password in (("Ada", "not the password"), ("Grace", PASSWORD), ("Ada ", "x"))
        for answer in [nobody.post("/api/session", json={"name": name, "password": password})]
    }
    ((status, text),) = told
    assert (status, WRONG in text, "login_required" in text) == (401, True, True)
    assert log_in(nobody, "ADA") == 201  # without case


def test_accounts_that_nobody_can_log_in_to(hospital: Services, nobody: TestClient, ada: TestClient) -> None:
    accounts_of(hospital).add("Grace", AccountRole.ANNOTATOR)  # invited
    assert log_in(nobody, "Grace") == 401
    accounts_of(hospital).set_disabled("Ada", True)
    assert (log_in(nobody, "Ada"), ada.get("/api/projects").status_code) == (401, 401)
    accounts_of(hospital).set_disabled("Ada", False)
    assert ada.get("/api/projects").status_code == 401  # its sessions ended
    assert log_in(nobody, "Ada") == 201


def test_a_login_begins_a_new_session_and_ends_the_browsers_last(hospital: Services, ada: TestClient) -> None:
    first = token_of(ada)
    planted = {"Cookie": f"{SESSION_COOKIE}={'x' * 43}"}
    body = {"name": "Ada", "password": PASSWORD}
    assert "x" * 43 not in ada.post("/api/session", json=body, headers=planted).headers["set-cookie"]
    assert hospital.logins.find(first) is not None  # of another browser
    first = token_of(ada)
    assert log_in(ada, "Ada") == 201
    assert token_of(ada) != first
    assert hospital.logins.find(first) is None


@pytest.mark.parametrize(
    ("scheme", "on_spaces", "place"),
    [
        ("http", False, "Path=/; HttpOnly; SameSite=Lax"),
        ("https", False, "Path=/; HttpOnly; SameSite=Lax; Secure"),
        ("https", True, "Path=/; HttpOnly; SameSite=None; Secure; Partitioned"),
    ],
)
def test_the_cookie(config: Config, tmp_path: Path, scheme: str, on_spaces: bool, place: str) -> None:
    services = services_with_logins(dataclasses.replace(config, on_spaces=on_spaces))
    accounts_of(services).add("Ada", AccountRole.ANNOTATOR, PASSWORD)
    client = stranger(services, tmp_path)
    body = {"name": "Ada", "password": PASSWORD}
    answer = client.post(f"{scheme}://127.0.0.1:7860/api/session", json=body)
    name_and_token, age, *rest = answer.headers["set-cookie"].split("; ")
    assert (name_and_token.split("=")[0], age, "; ".join(rest)) == (SESSION_COOKIE, "Max-Age=604800", place)
    services.close()


def test_sessions_end_when_idle_and_when_old(hospital: Services, ada: TestClient) -> None:
    change_sessions(hospital, last_seen_at=utc_now() - timedelta(hours=11))
    assert ada.get("/api/projects").status_code == 200
    with hospital.database.read() as session:
        (seen,) = session.scalars(select(SessionRow.last_seen_at))
    assert utc_now() - seen < SEEN_EVERY
    change_sessions(hospital, last_seen_at=utc_now() - timedelta(hours=12))
    assert ada.get("/api/projects").status_code == 401
    change_sessions(hospital, last_seen_at=utc_now(), expires_at=utc_now())
    assert ada.get("/api/projects").status_code == 401
    hospital.logins.forget_expired()
    with hospital.database.read() as session:
        assert session.scalars(select(SessionRow)).all() == []


def test_all_other_sessions_can_be_ended(hospital: Services, ada: TestClient, nobody: TestClient) -> None:
    assert log_in(nobody, "Ada") == 201
    assert [each["current"] for each in ada.get("/api/sessions").json()] == [False, True]
    assert ada.delete("/api/sessions").status_code == 204
    assert [each["current"] for each in ada.get("/api/sessions").json()] == [True]
    assert nobody.get("/api/session").status_code == 401


def test_another_password_ends_the_other_sessions(ada: TestClient, nobody: TestClient) -> None:
    assert log_in(nobody, "Ada") == 201
    new = "five other words in a row"
    wrong = ada.post("/api/session/password", json={"present": "wrong one here", "new": new})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "user_error")
    short = ada.post("/api/session/password", json={"present": PASSWORD, "new": "short"})
    assert (short.status_code, "12 to 200" in short.text) == (400, True)
    assert ada.post("/api/session/password", json={"present": PASSWORD, "new": new}).status_code == 204
    assert (ada.get("/api/session").status_code, nobody.get("/api/session").status_code) == (200, 401)
    assert (log_in(nobody, "Ada"), log_in(nobody, "Ada", new)) == (401, 201)


def test_an_invitation_is_taken_once(hospital: Services, nobody: TestClient) -> None:
    token = accounts_of(hospital).add("Grace", AccountRole.REVIEWER)
    body = {"token": token, "password": PASSWORD}
    refused = nobody.post("/api/invitations", json={**body, "password": "grace"})
    assert refused.status_code == 400
    taken = nobody.post("/api/invitations", json=body)
    assert (taken.status_code, taken.json()) == (201, {"name": "Grace", "role": "reviewer"})
    assert nobody.get("/api/session").status_code == 200
    again = nobody.post("/api/invitations", json=body)
    assert (again.status_code, "used already, or is too old" in again.text) == (409, True)


def test_an_invitation_ends(hospital: Services, nobody: TestClient) -> None:
    token = accounts_of(hospital).add("Grace", AccountRole.ANNOTATOR)
    with hospital.database.write() as session:
        session.execute(update(InvitationRow).values(expires_at=utc_now()))
    answer = nobody.post("/api/invitations", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 409
    assert log_in(nobody, "Grace") == 401


def test_attempts_are_throttled(ada: TestClient, nobody: TestClient) -> None:
    assert [log_in(nobody, "Ada", "wrong") for _ in range(FREE_OF_ACCOUNT)] == [401] * FREE_OF_ACCOUNT
    answer = nobody.post("/api/session", json={"name": "Ada", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "Too many attempts to log in failed. Try again in 1 s." in answer.text
    assert ada.get("/api/projects").status_code == 200  # who is logged in stays so


def test_a_reviewer_changes_nothing(hospital: Services) -> None:
    grace = person(hospital, STATIC_DIR, "Grace", AccountRole.REVIEWER)
    answer = grace.post("/api/projects", json={"name": "Livers"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert (grace.post("/api/workspace", json={}).json(), grace.get("/api/projects").json()) == ([], [])
    assert grace.get("/api/system").json()["auth"] is True


def test_a_hash_with_old_settings_is_renewed(hospital: Services, nobody: TestClient) -> None:
    accounts_of(hospital).add("Ada", AccountRole.ANNOTATOR, PASSWORD)
    old = "$argon2id$v=19$m=8,t=1,p=1$"
    hospital.logins._passwords._hasher.__init__(time_cost=2, memory_cost=16, parallelism=1)  # type: ignore[misc]
    assert log_in(nobody, "Ada") == 201
    with hospital.database.read() as session:
        (stored,) = session.scalars(select(AccountRow.password_hash))
    assert stored is not None and not stored.startswith(old)
    assert log_in(nobody, "Ada") == 201


def test_what_a_stranger_sees(nobody: TestClient) -> None:
    for path in ("/api/health", "/login", "/invite", "/robots.txt"):
        assert nobody.get(path).status_code == 200, path
    for page in ("/", "/account", "/workspace"):
        answer = nobody.get(page, headers={"Accept": "*/*"})
        assert (answer.status_code, answer.headers["location"]) == (303, "login")
    for path in ("/static/main.js", "/api/system", "/api/ready", "/api/session", "/static/login/account.js"):
        assert nobody.get(path).status_code == 401, path
    assert nobody.delete("/api/session").status_code == 401


@pytest.mark.parametrize("page", ["login", "invite"])
def test_documents_have_a_strict_policy_and_load_only_what_is_open(nobody: TestClient, page: str) -> None:
    answer = nobody.get(f"/{page}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", answer.text)
    waiting = re.findall(r'(?:href|src)="(static/[^"]+)"', answer.text)
    loaded: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        file = nobody.get(f"/{path}")
        loaded[path] = file.status_code
        names = re.findall(r'from "(\.[^"]+\.js(?:on)?)"', file.text) if path.endswith(".js") else []
        imported = {posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names}
        waiting += imported - loaded.keys()
    assert len(loaded) >= 6
    assert loaded == dict.fromkeys(loaded, 200)
    words = nobody.get("/static/words/en/login.json")  # a browser runs no module of another type
    assert ("static/words/en/login.json" in loaded, words.headers["content-type"]) == (
        True,
        "application/json",
    )


def test_documents_come_with_their_texts(ada: TestClient, config: Config, tmp_path: Path) -> None:
    titles = {"login": "Log in", "invite": "Choose a password", "account": "Account"}
    for name, title in titles.items():
        text = ada.get(f"/{name}").text
        assert (f"<title>{title} - Few-shot SAM</title>" in text, "{{" in text) == (True, False)
    (tmp_path / "login").mkdir()
    (tmp_path / "login/login.html").write_text("<h1>{{login.form.title}}</h1>")
    (tmp_path / "words/en").mkdir(parents=True)
    (tmp_path / "words/en/login.json").write_text('{"form": {"title": "<b> & {{login.form.title}}"}}')
    body = LoginDocuments(config, tmp_path).login("", 200).body
    assert body == b"<h1>&lt;b&gt; &amp; {{login.form.title}}</h1>"  # said once, and never markup


def test_without_logins_nothing_of_it_is_there(client: TestClient) -> None:
    body = {"name": "Ada", "password": PASSWORD}
    assert client.post("/api/session", json=body).status_code == 404
    for path in ("/api/session", "/api/sessions", "/login", "/invite", "/account"):
        assert client.get(path).status_code == 404, path
    assert client.get("/api/system").json()["auth"] is False


def test_a_link_can_be_asked_about_before_a_password_is_typed(hospital: Services, nobody: TestClient) -> None:
    token = accounts_of(hospital).add("Grace", AccountRole.ANNOTATOR)
    assert nobody.post("/api/invitations/check", json={"token": token}).status_code == 204
    assert nobody.post("/api/invitations", json={"token": token, "password": PASSWORD}).status_code == 201
    for secret in (token, "x"):  # used, or never there
        answer = nobody.post("/api/invitations/check", json={"token": secret})
        assert (answer.status_code, "used already, or is too old" in answer.text) == (409, True)
    asked = [nobody.post("/api/invitations/check", json={"token": "x"}) for _ in range(CHECKS_PER_MINUTE)]
    assert (asked[-1].status_code, asked[-1].headers["retry-after"]) == (429, "60")
