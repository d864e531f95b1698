"""ID tokens that are not right: claims, signatures, algorithms and keys."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.accounts_helpers import stranger
from tests.backend.oidc.loopback import CLIENT, LoopbackProvider
from tests.backend.oidc.visits import assert_refused, come_back
from ui.page import STATIC_DIR

TIMES = ("exp", "iat")
"""Claims that are given as seconds from now."""


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"nonce": "another"}, "does not take"),
        ({"nonce": None}, "does not take"),
        ({"aud": "another-client"}, "does not take"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "does not take"),
        ({"aud": [CLIENT, "another"], "azp": 7}, "does not take"),
        ({"azp": "another"}, "does not take"),
        ({"iss": "https://login.example.org"}, "does not take"),
        ({"exp": -120}, "clock"),
        ({"exp": "never"}, "does not take"),
        ({"iat": 600}, "clock"),
        ({"iat": -3600}, "clock"),
        ({"iat": None}, "clock"),
        ({"sub": ""}, "does not take"),
        ({"sub": 7}, "does not take"),
        ({"sub": "x" * 256}, "does not take"),
        ({"at_hash": "another"}, "does not take"),
    ],
)
def test_claims_that_are_wrong(
    client: TestClient, provider: LoopbackProvider, claims: dict[str, Any], sentence: str
) -> None:
    now = int(time.time())  # the test may run an hour after it was collected
    times = {
        name: now + seconds for name, seconds in claims.items() if name in TIMES and type(seconds) is int
    }
    provider.claims |= claims | times
    assert_refused(client, come_back(client, provider), 401, sentence)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(_provider: LoopbackProvider, claims: dict[str, Any]) -> str:
    return f"{_part({'alg': 'none', 'kid': 'first'})}.{_part(claims)}."


def signed_with_the_public_key(provider: LoopbackProvider, claims: dict[str, Any]) -> str:
    """By hand: joserfc refuses to."""
    text = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(claims)}"
    digest = hmac.digest(provider.key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def signed_with_the_clients_secret(_provider: LoopbackProvider, claims: dict[str, Any]) -> str:
    key = OctKey.import_key("a secret of the client")
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, key, algorithms=["HS256"])


def signed_by_another(_provider: LoopbackProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))


def with_a_key_of_its_own(_provider: LoopbackProvider, claims: dict[str, Any]) -> str:
    key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key)


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        signed_with_the_public_key,
        signed_with_the_clients_secret,
        signed_by_another,
        with_a_key_of_its_own,
    ],
)
def test_forged_tokens(
    client: TestClient,
    provider: LoopbackProvider,
    forge: Callable[[LoopbackProvider, dict[str, Any]], str],
) -> None:
    provider.sign = lambda claims: forge(provider, claims)
    assert_refused(client, come_back(client, provider), 401, "does not take")


def test_a_provider_that_offers_shared_secrets_alone(client: TestClient, provider: LoopbackProvider) -> None:
    provider.documents = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    provider.sign = lambda claims: signed_with_the_clients_secret(provider, claims)
    assert_refused(client, come_back(client, provider), 401, "does not take")


def test_keys_may_change(client: TestClient, hospital: Services, provider: LoopbackProvider) -> None:
    assert come_back(client, provider).status_code == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    other = stranger(hospital, STATIC_DIR)
    assert_refused(other, come_back(other, provider), 401, "does not take")  # asked for just now
    assert hospital.oidc is not None
    hospital.oidc._provider._clock = lambda: time.monotonic() + 31
    assert come_back(other, provider).status_code == 303
    assert provider.asked == {"/.well-known/openid-configuration": 1, "/keys": 2}
