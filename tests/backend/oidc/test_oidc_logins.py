"""Logging in with a hospital's own login, whose provider really runs: the good way, accounts and roles."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.testclient import TestClient

from backend.config import Config
from backend.http.logins import SESSION_COOKIE
from backend.http.oidc import MAX_BEGUN, OIDC_COOKIE
from backend.schemas.enums import AccountRole
from backend.services import Services
from tests.backend.accounts_helpers import PASSWORD, accounts_of, log_in, services_with_logins, stranger
from tests.backend.oidc.loopback import NAME, LoopbackProvider
from tests.backend.oidc.visits import begin, come_back, problem_of, went_there
from ui.page import STATIC_DIR

ROOT = Path(__file__).resolve().parents[3]


def with_settings(services: Services, provider: LoopbackProvider, **changed: Any) -> Services:
    """The same server with other settings of the provider."""
    config = dataclasses.replace(services.config, oidc=provider.settings(**changed))
    services.close()
    return services_with_logins(config)


def test_the_way_there_and_back(hospital: Services, provider: LoopbackProvider) -> None:
    ada = stranger(hospital, STATIC_DIR)
    begun = begin(ada)
    name, age, *place = begun.headers["set-cookie"].split("; ")
    cookie = name.split("=")[0]
    assert (cookie[: len(OIDC_COOKIE)], age, place) == (
        OIDC_COOKIE,
        "Max-Age=600",
        ["Path=/", "HttpOnly", "SameSite=Lax"],
    )
    asked = {key: value[0] for key, value in parse_qs(urlsplit(begun.json()["address"]).query).items()}
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == (
        "code",
        "openid profile",
        "S256",
    )
    assert asked["redirect_uri"] == "http://127.0.0.1:7860/oidc-callback"
    answer = ada.get(provider.visit(begun.json()["address"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "login#in")
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert cookie not in ada.cookies
    assert ada.get("/api/session").json() == {"name": "ada", "role": "annotator"}
    assert ada.post("/api/projects", json={"name": "Livers"}).status_code == 201
    (form,) = provider.redeemed
    assert len(form["code_verifier"]) == 64 and "client_secret" not in form


def test_logins_begun_in_two_tabs_both_lead_back(client: TestClient, provider: LoopbackProvider) -> None:
    first, second = (went_there(client, provider) for _ in range(2))
    for back in (first, second):
        assert client.get(back).status_code == 303
        assert client.get("/api/session").json()["name"] == "ada"
    assert [name for name in client.cookies if name.startswith(OIDC_COOKIE)] == []
    assert [client.get(back).status_code for back in (first, second)] == [409, 409]  # each once


def test_a_browser_has_cookies_of_few_logins_and_the_oldest_goes(
    client: TestClient, provider: LoopbackProvider
) -> None:
    backs = [went_there(client, provider) for _ in range(MAX_BEGUN + 2)]
    assert len([name for name in client.cookies if name.startswith(OIDC_COOKIE)]) == MAX_BEGUN
    assert [client.get(back).status_code for back in backs] == [409, 409] + [303] * MAX_BEGUN


def test_the_same_person_comes_to_the_same_account(hospital: Services, provider: LoopbackProvider) -> None:
    for name in ("ada", "ada.married"):  # a name at the provider may change, its subject does not
        provider.claims["preferred_username"] = name
        client = stranger(hospital, STATIC_DIR)
        assert come_back(client, provider).status_code == 303
        assert client.get("/api/session").json()["name"] == "ada"
    (account,) = accounts_of(hospital).list_all()
    assert (account.bindings, account.sessions) == (((provider.issuer, "248289761001"),), 2)
    assert provider.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}


def test_a_name_binds_nobody(hospital: Services, provider: LoopbackProvider) -> None:
    accounts_of(hospital).add("Ada", AccountRole.ADMIN, PASSWORD)
    client = stranger(hospital, STATIC_DIR)
    come_back(client, provider)
    assert client.get("/api/session").json() == {"name": "ada 2", "role": "annotator"}
    provider.claims = {"sub": "another", "preferred_username": "  ", "name": "A\u202eda"}
    come_back(client, provider)
    assert client.get("/api/session").json()["name"] == "A da"
    provider.claims = {"sub": "a third", "name": 7}
    come_back(client, provider)
    assert client.get("/api/session").json()["name"] == "Person"


def test_no_new_account_looks_like_another(hospital: Services, provider: LoopbackProvider) -> None:
    accounts_of(hospital).add("Cop", AccountRole.ADMIN, PASSWORD)
    for subject, name, called in (
        ("a", "\uff23op", "\uff23op 2"),
        ("b", "\u0421\u043e\u0440", "\u0421\u043e\u0440 3"),  # Cyrillic
        ("c", "Co\u3164p", "Cop 4"),
    ):
        provider.claims = {"sub": subject, "name": name}
        client = stranger(hospital, STATIC_DIR)
        come_back(client, provider)
        assert client.get("/api/session").json()["name"] == called
    provider.claims = {"sub": "d", "name": "\u13aada"}  # a Cherokee letter that looks like A
    client = stranger(hospital, STATIC_DIR)
    come_back(client, provider)
    name = client.get("/api/session").json()["name"]
    assert re.fullmatch("\u13aada [0-9a-f]{6}", name)


def test_an_account_that_an_administrator_bound(hospital: Services, provider: LoopbackProvider) -> None:
    services = with_settings(hospital, provider, create=False)
    client = stranger(services, STATIC_DIR)
    refused = come_back(client, provider)
    assert (refused.status_code, SESSION_COOKIE in client.cookies) == (403, False)
    assert "--subject 248289761001" in problem_of(refused)
    accounts_of(services).add("Ada Lovelace", AccountRole.REVIEWER)
    accounts_of(services).bind("Ada Lovelace", provider.issuer, "248289761001")
    assert come_back(client, provider).status_code == 303
    assert client.get("/api/session").json() == {"name": "Ada Lovelace", "role": "reviewer"}
    accounts_of(services).set_disabled("Ada Lovelace", True)
    assert client.get("/api/session").status_code == 401
    refused = come_back(client, provider)
    assert (refused.status_code, "is disabled on this server" in problem_of(refused)) == (403, True)
    accounts_of(services).set_disabled("Ada Lovelace", False)
    assert accounts_of(services).unbind("Ada Lovelace") == 1
    assert come_back(client, provider).status_code == 403
    services.close()


def test_a_claim_decides_the_role_at_each_login(hospital: Services, provider: LoopbackProvider) -> None:
    roles = {"sam-admins": AccountRole.ADMIN, "readers": AccountRole.REVIEWER}
    services = with_settings(hospital, provider, role_claim="realm.groups", roles=roles)
    client = stranger(services, STATIC_DIR)
    for groups, role in (
        (["readers", "sam-admins"], "admin"),
        ("readers", "reviewer"),
        (["others", 7], "annotator"),
        (None, "annotator"),
    ):
        provider.claims["realm"] = {"groups": groups}
        assert come_back(client, provider).status_code == 303
        assert client.get("/api/session").json()["role"] == role
    services.close()


def test_passwords_can_be_switched_off(hospital: Services, provider: LoopbackProvider) -> None:
    token = accounts_of(hospital).add("Grace", AccountRole.ANNOTATOR)
    services = with_settings(hospital, provider, only=True)
    accounts_of(services).add("Ada", AccountRole.ANNOTATOR, PASSWORD)
    client = stranger(services, STATIC_DIR)
    assert log_in(client, "Ada") == 403
    for path, body in (("", {"token": token, "password": PASSWORD}), ("/check", {"token": token})):
        answer = client.post(f"/api/invitations{path}", json=body)
        assert (answer.status_code, f"use {NAME}" in answer.text) == (403, True)
    assert come_back(client, provider).status_code == 303
    assert client.post("/api/session/password", json={"present": "x", "new": PASSWORD}).status_code == 403
    assert 'data-passwords="no"' in client.get("/login").text
    services.close()


def test_an_account_without_a_password_has_none_to_change(
    hospital: Services, provider: LoopbackProvider
) -> None:
    client = stranger(hospital, STATIC_DIR)
    come_back(client, provider)
    answer = client.post("/api/session/password", json={"present": "x", "new": PASSWORD})
    assert (answer.status_code, "has no password" in answer.text) == (422, True)


def test_the_document_names_the_login_and_keeps_its_policy(hospital: Services) -> None:
    answer = stranger(hospital, STATIC_DIR).get("/login")
    assert 'data-provider="St. Mary&#x27;s login" data-passwords="yes"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'none'" in policy and "unsafe" not in policy


def test_logging_out_of_the_provider_too(hospital: Services, provider: LoopbackProvider) -> None:
    client = stranger(hospital, STATIC_DIR)
    address = client.post("/api/oidc", json={"to": "log_out"}).json()["address"]
    assert address.startswith(f"{provider.issuer}/logout?client_id=fewshot-sam&post_logout_redirect_uri=")
    provider.documents = {"end_session_endpoint": "javascript:alert(1)"}
    services = with_settings(hospital, provider)
    assert stranger(services, STATIC_DIR).post("/api/oidc", json={"to": "log_out"}).status_code == 401
    services.close()


def test_logins_are_in_the_audit_trail(hospital: Services, provider: LoopbackProvider) -> None:
    client = stranger(hospital, STATIC_DIR)
    come_back(client, provider)
    provider.claims = {"sub": "another", "name": "Grace"}
    come_back(client, provider)
    client.get("/oidc-callback?code=secret-code&state=x")
    text = hospital.config.audit_file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["action"], line["path"], line["status"]) for line in lines] == [
        ("login", "/oidc-callback", 303),
        ("login", "/oidc-callback", 303),
        ("login", "/oidc-callback", 409),
    ]
    assert len({line["account"] for line in lines[:2]} - {None}) == 2  # each for who was logged in
    assert "secret-code" not in text


def test_without_a_provider_nothing_of_it_is_there(config: Config) -> None:
    services = services_with_logins(config)
    client = stranger(services, STATIC_DIR)
    assert client.get("/oidc-callback").status_code == 404
    assert begin(client).status_code == 401
    assert "data-provider" not in client.get("/login").text
    services.close()


def test_authlib_is_not_imported_without_a_provider() -> None:
    code = (
        "import sys, app, backend.http.routes, backend.services; "
        "sys.exit(any(name.split('.')[0] in ('authlib', 'joserfc') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
