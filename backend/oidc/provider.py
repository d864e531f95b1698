"""The login provider: where people are sent, and who the code that they come back with says they are.

Concurrency: all calls come from one event loop. What the provider says of itself and its keys are kept for
an hour; a token signed with a key that is not known has them fetched anew, at most every 30 s.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from backend.addresses import require_address
from backend.errors import BusyError, LoginRequiredError
from backend.oidc.pending import Attempt
from backend.oidc.settings import OidcSettings
from backend.oidc.tokens import read_keys, verified_claims
from backend.oidc.web import AnswerError, ProviderClient
from backend.schemas.enums import AccountRole
from fewshot_sam.errors import UserError

logger = logging.getLogger(__name__)

KEPT_S, KEYS_KEPT_AT_LEAST_S, FAILURE_KEPT_S = 3600.0, 30.0, 5.0
MAX_EXCHANGE_S = 15.0
SCOPE = "openid profile"


@dataclass(frozen=True)
class ProviderPerson:
    """Who the provider says that somebody is.

    Attributes:
        names: what they may be called, the best first; not checked at all.
        role: None where the provider does not decide it.
    """

    issuer: str
    subject: str
    names: tuple[str, ...]
    role: AccountRole | None


class Provider:
    """Speaks with one provider."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._facts: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._facts_at_s = self._keys_at_s = self._failed_at_s = -KEPT_S
        self._asking = anyio.Lock()

    async def login_address(self, attempt: Attempt, back: str) -> str:
        """Where to send a browser so that somebody logs in.

        Args:
            back: the address of ours that the provider sends it back to.

        Raises:
            BusyError: the provider does not answer.
            LoginRequiredError: it answers with something that is not taken.
        """
        async with self._exchange():
            facts = await self._current_facts()
            client = OAuth2Client(None, self._settings.client_id, code_challenge_method="S256")
            address, _ = client.create_authorization_url(
                facts["authorization_endpoint"],
                state=attempt.state,
                code_verifier=attempt.verifier,
                nonce=attempt.nonce,
                redirect_uri=back,
                scope=SCOPE,
            )
            return str(address)

    async def logout_address(self, back: str) -> str | None:
        """Where people log out of the provider itself; None where it has no such page. Raises as above.

        Args:
            back: where the provider may send them afterwards.
        """
        async with self._exchange():
            facts = await self._current_facts()
            if "end_session_endpoint" not in facts:
                return None
            parameters = [("client_id", self._settings.client_id), ("post_logout_redirect_uri", back)]
            return str(add_params_to_uri(_endpoint(facts, "end_session_endpoint"), parameters))

    async def redeem(self, code: str, attempt: Attempt, back: str) -> ProviderPerson:
        """Who came back with a code. Raises as above."""
        async with self._exchange():
            facts = await self._current_facts()
            async with self._client(facts, back) as client:
                answer = await client.fetch_token(
                    facts["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise AnswerError("the token endpoint's answer has no ID token")
            claims = await self._claims(token, attempt.nonce, answer.get("access_token"))
        names = tuple(
            text for name in ("preferred_username", "name") if isinstance(text := claims.get(name), str)
        )
        return ProviderPerson(self._settings.issuer, claims["sub"], names, self._settings.role_of(claims))

    def _client(self, facts: dict[str, Any], back: str) -> ProviderClient:
        methods = facts.get("token_endpoint_auth_methods_supported")
        by_post = isinstance(methods, list) and "client_secret_basic" not in methods
        return ProviderClient(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            token_endpoint_auth_method="client_secret_post" if by_post else "client_secret_basic",
            redirect_uri=back,
        )

    async def _current_facts(self) -> dict[str, Any]:
        """The discovery document, asked for once however many wait for it."""
        async with self._asking:
            if self._clock() - self._facts_at_s < KEPT_S:
                return self._facts
            if self._clock() - self._failed_at_s < FAILURE_KEPT_S:
                raise TimeoutError
            self._failed_at_s = self._clock()
            self._facts = await self._discover()
            self._facts_at_s, self._failed_at_s = self._clock(), -KEPT_S
            return self._facts

    async def _discover(self) -> dict[str, Any]:
        address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        async with ProviderClient() as client:
            facts = await client.get_json(address)
        if facts.get("issuer") != self._settings.issuer:
            raise AnswerError("its discovery document names another issuer than FEWSHOT_SAM_OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _endpoint(facts, name)
        return facts

    async def _current_keys(self, kept_s: float) -> KeySet:
        if self._keys is None or self._clock() - self._keys_at_s >= kept_s:
            async with ProviderClient() as client:
                self._keys = read_keys(await client.get_json(self._facts["jwks_uri"]))
            self._keys_at_s = self._clock()
        return self._keys

    async def _claims(self, token: str, nonce: str, access_token: Any) -> dict[str, Any]:
        expected = (self._settings, self._facts, nonce, access_token)
        try:
            return verified_claims(token, await self._current_keys(KEPT_S), *expected)
        except InvalidKeyIdError:  # the provider changed its keys
            return verified_claims(token, await self._current_keys(KEYS_KEPT_AT_LEAST_S), *expected)

    @asynccontextmanager
    async def _exchange(self) -> AsyncIterator[None]:
        """Turn all that can go wrong into a sentence for the person; the reason goes to the log."""
        name = self._settings.name
        try:
            with anyio.fail_after(MAX_EXCHANGE_S):
                yield
        except UserError:
            raise
        except (httpx2.RequestError, OSError) as error:  # TimeoutError is an OSError
            logger.warning("the login provider cannot be reached: %s", type(error).__name__)
            raise BusyError(f"{name} cannot be reached at this moment. Try again in a minute.") from None
        except Exception as error:  # Authlib and joserfc raise many kinds on what they did not expect
            reason = str(error) if isinstance(error, AnswerError) else type(error).__name__
            logger.warning("the login provider's answer is not taken: %s", reason)
            raise LoginRequiredError(
                f"{name} gave an answer that this server does not take, so you are not logged in. Try again; "
                "if that does not help, tell whoever runs this server: its log says why."
            ) from None


def _endpoint(facts: dict[str, Any], name: str) -> str:
    """An address that the discovery document names."""
    address = facts.get(name)
    try:
        require_address(address.partition("?")[0] if isinstance(address, str) else "", name)
    except UserError:
        raise AnswerError(f"the {name} of its discovery document is no https address") from None
    return str(address)
