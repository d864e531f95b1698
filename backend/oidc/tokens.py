"""What a provider signed: its keys, and an ID token's claims, checked as OpenID Connect Core asks."""

from __future__ import annotations

import time
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from backend.errors import LoginRequiredError
from backend.oidc.settings import OidcSettings
from backend.oidc.web import AnswerError

LEEWAY_S = 60  # by which two clocks may differ
MAX_AGE_S = 600  # of a token that was just asked for
MAX_KEYS, MAX_SUBJECT = 100, 255
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Those with a key that only the provider has; never "none", and none whose key is a shared secret."""
_PUBLIC_KINDS = frozenset({"RSA", "EC", "OKP"})


def read_keys(document: dict[str, Any]) -> KeySet:
    """The keys of a JWKS document that sign; what is no such key is left out. Raises AnswerError."""
    listed = document.get("keys")
    keys = []
    for each in listed[:MAX_KEYS] if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("kty") in _PUBLIC_KINDS and each.get("use", "sig") == "sig":
            try:
                keys.append(JWKRegistry.import_key(each))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    if not keys:
        raise AnswerError("its key document has no key that signs")
    return KeySet(keys)


def verified_claims(
    token: str, keys: KeySet, settings: OidcSettings, facts: dict[str, Any], nonce: str, access_token: Any
) -> dict[str, Any]:
    """The claims of an ID token that is right.

    Args:
        facts: the provider's discovery document; it may narrow the algorithms.
        nonce: what the token must hold.
        access_token: what came with it, whose hash it may hold.

    Raises:
        InvalidKeyIdError: it is signed with a key that is not among ``keys``.
        JoseError, AnswerError: it is wrong.
        LoginRequiredError: the clocks of provider and server differ.
    """
    registry = JWSRegistry(algorithms=_algorithms(facts), strict_check_header=False)
    found = jwt.decode(token, keys, registry=registry)
    claims = CodeIDToken(
        found.claims,
        found.header,
        {
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
            "sub": {"essential": True},
        },
        {
            "nonce": nonce,
            "client_id": settings.client_id,
            "access_token": access_token if isinstance(access_token, str) else None,
        },
    )
    try:
        claims.validate(leeway=LEEWAY_S)
        if time.time() - claims["iat"] > MAX_AGE_S:
            raise ExpiredTokenError("iat")
    except (ExpiredTokenError, InvalidClaimError) as error:
        if isinstance(error, ExpiredTokenError) or error.claim in ("iat", "nbf"):
            raise LoginRequiredError(
                f"What {settings.name} sent is not valid at this time. If it says so again, the clock of "
                "this server or of the login is wrong: tell whoever runs this server."
            ) from None
        raise
    if len(claims["sub"]) > MAX_SUBJECT:
        raise AnswerError(f"its subject has more than {MAX_SUBJECT} characters")
    return dict(claims)


def _algorithms(facts: dict[str, Any]) -> list[str]:
    stated = facts.get("id_token_signing_alg_values_supported", ["RS256"])
    allowed = [each for each in stated if each in ALGORITHMS] if isinstance(stated, list) else []
    if not allowed:  # joserfc takes an empty list for its own choice, in which shared secrets are
        raise AnswerError("it signs with no algorithm whose key it alone has")
    return allowed
