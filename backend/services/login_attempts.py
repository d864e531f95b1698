"""How often a password may be tried: each failure beyond a few doubles the wait, by account and by address.

Concurrency: one lock; an attempt is counted before the password is checked, so that many at once are
no way around the wait. What is remembered is bounded; a restart forgets it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from backend.errors import TooManyError

FREE_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT_S = 5, 300.0
FREE_OF_ADDRESS, MAX_WAIT_OF_ADDRESS_S = 20, 900.0
FORGOTTEN_AFTER_S = 3600.0
MAX_REMEMBERED = 10_000


@dataclass
class _Failures:
    number: int
    last_s: float


class _Waits:
    """Failures by key; those that failed last are remembered."""

    def __init__(self, free: int, max_wait_s: float) -> None:
        self._free, self._max_wait_s = free, max_wait_s
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """Seconds until the next attempt; 0 or less for none."""
        found = self._failures.get(key)
        if found is None or found.number < self._free:
            return 0.0
        return found.last_s + min(self._max_wait_s, 2.0 ** min(found.number - self._free, 20)) - now_s

    def count(self, key: str, now_s: float) -> None:
        found = self._failures.pop(key, None)
        if found is None or now_s - found.last_s > FORGOTTEN_AFTER_S:
            found = _Failures(0, now_s)
        self._failures[key] = _Failures(found.number + 1, now_s)
        while len(self._failures) > MAX_REMEMBERED:
            self._failures.popitem(last=False)

    def take_back(self, key: str, all_of_them: bool) -> None:
        found = self._failures.get(key)
        if found is None:
            return
        found.number = 0 if all_of_them else found.number - 1
        if found.number <= 0:
            del self._failures[key]


class LoginAttempts:
    """Admits attempts; safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts = _Waits(FREE_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT_S)
        self._addresses = _Waits(FREE_OF_ADDRESS, MAX_WAIT_OF_ADDRESS_S)

    def admit(self, account: str, address: str | None) -> None:
        """Count an attempt that may fail.

        Args:
            account: the name that was given, whether or not there is such an account.
            address: where the request comes from, if known.

        Raises:
            TooManyError: the next attempt has to wait; it says how long.
        """
        with self._lock:
            now_s = self._clock()
            wait_s = self._accounts.wait_s(account, now_s)
            if address is not None:
                wait_s = max(wait_s, self._addresses.wait_s(address, now_s))
            if wait_s <= 0:
                self._accounts.count(account, now_s)
                if address is not None:
                    self._addresses.count(address, now_s)
                return
        seconds = math.ceil(wait_s)
        again = f"{seconds} s" if seconds < 90 else f"{math.ceil(seconds / 60)} minutes"
        raise TooManyError(
            f"Too many attempts to log in failed. Try again in {again}.", retry_after_s=seconds
        )

    def succeeded(self, account: str, address: str | None) -> None:
        """The attempt that was admitted was none that failed."""
        with self._lock:
            self._accounts.take_back(account, all_of_them=True)
            if address is not None:  # one's own account is no way to try those of others for ever
                self._addresses.take_back(address, all_of_them=False)
