"""Records requests in the audit trail, where people log in: reading, changing and exporting, and logins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.http.addresses import audit_address
from backend.http.guard import CALL_POSTS, GRADIO_API, OIDC_CALLBACK, SAFE_METHODS, UPLOAD
from backend.http.logins import OIDC_ADDRESSES
from backend.http.paths import is_monai_label

if TYPE_CHECKING:
    from backend.services import Services
    from backend.services.logins import LoggedIn

_READ = re.compile(
    r"/api/(projects/[^/]+|volumes/[^/]+(/voxels|/preview\.nii|/slices/.*|/annotations.*|/reference/voxels|/readings/voxels|/agreement)?)"
)
_MASK_READ = re.compile(r"/api/masks/[^/]+/(voxels|confidence|scores|meshes/.*)")
_EXPORT = re.compile(
    r"/api/(masks/[^/]+/download|models/[^/]+/file|projects/[^/]+/(masks|training-set|report|scores))"
)
_LOGINS = {
    ("POST", "/api/session"): "login",
    ("POST", "/api/invitations"): "invitation",
    ("GET", OIDC_CALLBACK): "login",
}
_SHARE = re.compile(r"/api/projects/[^/]+/members(/[^/]+)?")
_OFFERS = re.compile(r"/api/projects/[^/]+/owner(/accept|/decline)?")
_OF_OFFERS = {
    ("POST", None): "offer",
    ("DELETE", None): "take-back",
    ("POST", "/accept"): "accept",
    ("POST", "/decline"): "decline",
}
_REVIEW = re.compile(r"/api/volumes/[^/]+/review/(ready|withdraw|accept|send-back|reopen)")
_RECORD = re.compile(r"/api/volumes/[^/]+/(review/record|agreement/table|readings/download)")
_READINGS = re.compile(r"/api/volumes/[^/]+/(?:readings(?:/(finish|take-back|end))?|(merge))")
_OF_PROGRAMS: tuple[tuple[str, re.Pattern[str], str | None], ...] = (
    ("POST", re.compile(r"/monailabel/[^/]+/auth/token"), "login"),
    ("POST", re.compile(r"/monailabel/[^/]+/activelearning/[^/]+"), None),
    ("POST", re.compile(r"/monailabel/[^/]+/infer/(wsi(_v2)?/)?[^/]+"), "export"),
    ("GET", re.compile(r"/monailabel/[^/]+/datastore/(image|label)"), "export"),
    ("GET", re.compile(r"/monailabel/[^/]+/(info|datastore)/"), "read"),
)
"""What programs of MONAI Label ask, and what that is; None is not recorded. All else is a change but GET."""
_ARCHIVES = re.compile(
    r"/api/(?:archives/[^/]+/(?P<search>studies|series)|projects/[^/]+/archives/[^/]+/(?P<fetch>volumes)|masks/[^/]+/archives/[^/]+)"
)
_ONLY_ASKED = frozenset({OIDC_ADDRESSES, "/api/invitations/check"})
"""What changes nothing, and may be asked by strangers."""
_OF_SLICES = re.compile(r"(/api/volumes/[^/]+/(slices|annotations))/.*")


class Audit:
    """ASGI middleware behind the one that knows who is logged in."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._trail = services.audit
        self._config = services.config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        action = action_of(scope) if scope["type"] == "http" else None
        if action is None:
            await self.app(scope, receive, send)
            return
        status = 500
        scope.setdefault("state", {})  # what routes add to it is seen here

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        finally:
            await self._record(scope, action, status)

    async def _record(self, scope: Scope, action: str, status: int) -> None:
        state = scope.get("state", {})
        login: LoggedIn | None = state.get("begun") or state.get("login")
        account = login.account_id if login else state.get("tried")
        address = audit_address(HTTPConnection(scope), self._config)
        session = login.session if login else None
        path = scope["path"][:200]
        # An id and a role, or a study and its series, where the path does not say.
        with_whom = state.get("shared_with") or state.get("of_study")
        path = f"{path}/{with_whom}" if with_whom else path
        action = state.get("audited_as", action)  # where it became something else on the way
        if action == "read":  # one reading, however many slices
            path = _OF_SLICES.sub(r"\1", path)
        await run_in_threadpool(self._trail.record, action, path, status, account, session, address)


def action_of(scope: Scope) -> str | None:
    """What a request is about to do; None for what is not recorded, such as asking how far a run is."""
    method, path = scope["method"], scope["path"]
    if (method, path) in _LOGINS:
        return _LOGINS[method, path]
    if (method, path) == ("DELETE", "/api/session"):
        return "logout"
    if path == UPLOAD or path.startswith(f"{GRADIO_API}/file="):
        return "export" if method in SAFE_METHODS else "change"
    if CALL_POSTS.fullmatch(path):
        return "change"
    if is_monai_label(path):
        return _action_of_program(method, path)
    if not path.startswith("/api/") or path in _ONLY_ASKED:
        return None
    if method not in SAFE_METHODS:
        if (offer := _OFFERS.fullmatch(path)) is not None:
            return _OF_OFFERS.get((method, offer[1]), "change")
        if (review := _REVIEW.fullmatch(path)) is not None:
            return f"review-{review[1]}"
        if (asked := _ARCHIVES.fullmatch(path)) is not None:
            return f"archive-{'search' if asked['search'] else 'fetch' if asked['fetch'] else 'store'}"
        if (reading := _READINGS.fullmatch(path)) is not None:
            return f"reading-{reading[1] or reading[2] or 'begin'}"
        return "share" if _SHARE.fullmatch(path) else "change"
    if _EXPORT.fullmatch(path) or _RECORD.fullmatch(path):
        return "export"
    return "read" if _READ.fullmatch(path) or _MASK_READ.fullmatch(path) else None


def _action_of_program(method: str, path: str) -> str | None:
    for of_method, pattern, action in _OF_PROGRAMS:
        if method == of_method and pattern.fullmatch(path):
            return action
    return None if method in SAFE_METHODS else "change"
