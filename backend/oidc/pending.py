"""Logins that were begun here and are at the provider: each bound to one browser, for ten minutes, used once.

Kept in memory, so a restart ends them. Safe between threads.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

LIFETIME_S = 600.0
MAX_PENDING = 10_000


def _random() -> str:
    return secrets.token_urlsafe(48)  # 64 characters: a PKCE verifier has 43 to 128


@dataclass(frozen=True)
class Attempt:
    """What only this server knows of a login.

    Attributes:
        state: comes back from the provider with the browser.
        nonce: comes back in the provider's token.
        verifier: what the code is worth nothing without (PKCE).
    """

    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)


class PendingLogins:
    """Attempts by the secret that the browser's cookie holds; of too many the oldest goes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: OrderedDict[str, tuple[Attempt, float]] = OrderedDict()

    def add(self, attempt: Attempt) -> str:
        """Remember an attempt; the secret for the browser."""
        secret = _random()
        with self._lock:
            self._pending[_key(secret)] = (attempt, self._clock() + LIFETIME_S)
            while len(self._pending) > MAX_PENDING:
                self._pending.popitem(last=False)
        return secret

    def take(self, secret: str, state: str) -> Attempt | None:
        """The attempt, once; None where browser and state do not belong together, or too much time passed."""
        with self._lock:
            attempt, until_s = self._pending.get(_key(secret), (None, 0.0))
            if attempt is None or not secrets.compare_digest(attempt.state.encode(), state.encode()):
                return None
            del self._pending[_key(secret)]
            return attempt if self._clock() < until_s else None


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
