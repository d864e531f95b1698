"""Cookies that only this server can make: a random secret, when it was made, and a signature over both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LIFETIME_S = 365 * 24 * 3600
RENEW_AFTER_S = 30 * 24 * 3600
KEY_FILE = "cookie.key"
_KEY_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_SIGNED = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Token:
    """What a valid cookie says.

    Attributes:
        secret: names the owner, see :func:`owner_of`.
        issued_s: Unix time when the cookie was signed; 0 for one of an earlier version, unsigned.
    """

    secret: str
    issued_s: int


class Tokens:
    """Makes and reads cookies with a key that never leaves the data folder."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, now_s: float, secret: str | None = None) -> str:
        """A cookie for a new owner, or a fresh one for the owner of ``secret``."""
        signed = f"{secret or secrets.token_urlsafe(32)}.{int(now_s)}"
        return f"{signed}.{self._signature(signed)}"

    def read(self, cookie: str, now_s: float) -> Token | None:
        """The token in a cookie; None when it was not made here, or more than LIFETIME_S ago."""
        match = _SIGNED.fullmatch(cookie)
        if match is None:
            return None
        secret, issued, signature = match.groups()
        if not hmac.compare_digest(signature, self._signature(f"{secret}.{issued}")):
            return None
        age_s = now_s - int(issued)
        return Token(secret, int(issued)) if age_s <= LIFETIME_S else None

    def _signature(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def unsigned_secret(cookie: str) -> str | None:
    """The secret in a cookie of a version before cookies were signed, or None."""
    return cookie if _SECRET.fullmatch(cookie) else None


def owner_of(secret: str) -> str:
    """The owner's name in the database; a copy of the database does not hold the cookies."""
    return hashlib.sha256(secret.encode()).hexdigest()


def signed_since(home: Path) -> datetime:
    """When cookies began to be signed in this data folder: nobody who came later has an unsigned one."""
    return datetime.fromtimestamp((home / KEY_FILE).stat().st_mtime, UTC)


def load_key(home: Path) -> bytes:
    """The key in the data folder, made at the first call; only this user of the machine can read it."""
    path = home / KEY_FILE
    home.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) >= _KEY_BYTES:
            return key
        # Cut off by a crash while it was made: no cookie was signed with it.
        path.unlink()
        return load_key(home)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(_KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
