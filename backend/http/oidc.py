"""Logging in with a hospital's own login: where its provider is, and who comes back from there.

All answer 404 unless a provider is configured, and nothing of Authlib is imported then.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Scope

from backend.errors import ConflictError, NotFoundError, TooManyError
from backend.http.addresses import login_address
from backend.http.errors import user_error_response
from backend.http.guard import OIDC_CALLBACK, host_name
from backend.http.identity import cookie_place, cookies_named
from backend.http.login_pages import LoginDocuments
from backend.http.logins import MAX_COOKIES, begin_session
from backend.http.work import ApiWork
from backend.schemas.logins import ProviderAnswer, ProviderBody
from backend.services.rates import TokenBuckets
from fewshot_sam.errors import UserError

if TYPE_CHECKING:
    from backend.oidc.logins import ProviderLogins
    from backend.services import Services

OIDC_COOKIE = "fewshot_sam_oidc_"
"""How the names of cookies begin; the rest is of the login's state, so several tabs can log in at once."""
MAX_BEGUN = 8  # logins of one browser that it has a cookie for
COOKIE_AGE_S = 600  # as long as backend.oidc.pending remembers a login
LOGINS_PER_MINUTE = 60  # begun from one address, which a whole hospital may have
_SECRET = re.compile(r"[A-Za-z0-9_-]{64}")
_COOKIE_NAME = re.compile(rf"{OIDC_COOKIE}[0-9a-f]{{16}}")


def oidc_routes(services: Services) -> APIRouter:
    """The route of the API, for the login document."""
    router = APIRouter()
    begun = TokenBuckets(LOGINS_PER_MINUTE, LOGINS_PER_MINUTE)

    @router.post("/oidc")
    async def find(request: Request, response: Response, body: ProviderBody) -> ProviderAnswer:
        """Where the browser is to go to log in with the hospital's own login, or to log out of it."""
        provider = _require_provider(services)
        begun_from = login_address(request, services.config) or ""
        if not begun.take(begun_from):
            raise TooManyError("Many logins were begun from here. Try again in a minute.", retry_after_s=60)
        if body.to == "log_out":
            return ProviderAnswer(address=await provider.logout_address())
        if host_name(request.headers.get("host", "")) != urlsplit(provider.address).hostname:
            # The cookie would be of another host than the one that the provider sends people back to.
            raise ConflictError(f"{provider.name} leads back to {provider.address}: log in there.")
        address, state, secret = await provider.begin(begun_from)
        for cookie in _begun(request.scope)[: 1 - MAX_BEGUN]:
            _set_cookie(response, cookie, "", services, request.scope)
        _set_cookie(response, _cookie_name(state), secret, services, request.scope)
        return ProviderAnswer(address=address)

    return router


def oidc_callback(services: Services, work: ApiWork, documents: LoginDocuments) -> Route:
    """The route that the provider sends browsers to, with its answer in the query."""

    async def answer(request: Request) -> Response:
        cookie = _cookie_name(request.query_params.get("state", ""))
        try:
            provider = _require_provider(services)
            person = await provider.person(_secrets(request.scope, cookie), dict(request.query_params))
            begun = await work.write(provider.log_in, person)
        except UserError as error:
            return documents.login(str(error), user_error_response(error).status_code)
        # To a place of ours, whatever was asked: relative, as the page may be served below another path.
        headers = {"Location": "login#in", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        response = Response(status_code=303, headers=headers)
        _set_cookie(response, cookie, "", services, request.scope)
        await begin_session(request, response, begun, services, work)
        return response

    return Route(OIDC_CALLBACK, answer)


def _require_provider(services: Services) -> ProviderLogins:
    if services.oidc is None:
        raise NotFoundError("No other login is set up on this server; log in with a password.")
    return services.oidc


def _cookie_name(state: str) -> str:
    """Of the cookie that holds the secret of the login with that state."""
    return f"{OIDC_COOKIE}{hashlib.sha256(state.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _cookie_header(scope: Scope) -> str:
    return "; ".join(Headers(scope=scope).getlist("cookie"))


def _begun(scope: Scope) -> list[str]:
    """Names of the cookies of logins that this browser began, the oldest first, as browsers send them."""
    names = (part.partition("=")[0].strip() for part in _cookie_header(scope).split(";"))
    return [name for name in names if _COOKIE_NAME.fullmatch(name)]


def _secrets(scope: Scope, cookie: str) -> list[str]:
    found = cookies_named(cookie, _cookie_header(scope))
    return [secret for secret in found if _SECRET.fullmatch(secret)][:MAX_COOKIES]


def _set_cookie(response: Response, cookie: str, secret: str, services: Services, scope: Scope) -> None:
    """Have the browser keep a login's secret until it is back; "" has it forget that."""
    place = cookie_place(services.config, scope)
    header = f"{cookie}={secret}; Max-Age={COOKIE_AGE_S if secret else 0}; {place}"
    response.headers.append("Set-Cookie", header)
