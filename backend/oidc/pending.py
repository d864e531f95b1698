"""Logins that were begun here and are at the provider: each bound to one browser, for ten minutes, used once.

Kept in memory, so a restart ends them. Safe between threads.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import Counter, OrderedDict
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


@dataclass(frozen=True)
class _Pending:
    attempt: Attempt
    until_s: float
    begun_from: str


class PendingLogins:
    """Attempts by the secret that the browser's cookie holds.

    Of too many the oldest goes of the address that began most, so nobody ends what others began.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: OrderedDict[str, _Pending] = OrderedDict()  # the oldest first

    def add(self, attempt: Attempt, begun_from: str = "") -> str:
        """Remember an attempt; the secret for the browser.

        Args:
            begun_from: the network address that asked; "" where it is not known.
        """
        secret, now_s = _random(), self._clock()
        with self._lock:
            while self._pending and next(iter(self._pending.values())).until_s <= now_s:
                self._pending.popitem(last=False)
            self._pending[_key(secret)] = _Pending(attempt, now_s + LIFETIME_S, begun_from)
            if len(self._pending) > MAX_PENDING:
                self._drop_one()
        return secret

    def take(self, secret: str, state: str) -> Attempt | None:
        """The attempt, once; None where browser and state do not belong together, or too much time passed."""
        with self._lock:
            found = self._pending.get(_key(secret))
            if found is None or not secrets.compare_digest(found.attempt.state.encode(), state.encode()):
                return None
            del self._pending[_key(secret)]
            return found.attempt if self._clock() < found.until_s else None

    def _drop_one(self) -> None:
        begun = Counter(each.begun_from for each in self._pending.values())
        ((most, _),) = begun.most_common(1)
        del self._pending[next(key for key, each in self._pending.items() if each.begun_from == most)]


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
