"""How often something may happen."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class TokenBucket:
    """Allows ``burst`` events at once and ``per_minute`` in the long run; safe between threads."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._filled_at_s = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more event may happen now."""
        with self._lock:
            now_s = self._clock()
            self._left = min(self._burst, self._left + (now_s - self._filled_at_s) * self._per_s)
            self._filled_at_s = now_s
            if self._left < 1:
                return False
            self._left -= 1
            return True


class TokenBuckets:
    """A :class:`TokenBucket` for each key; of many keys those used last are remembered."""

    def __init__(self, per_minute: float, burst: int, max_keys: int = 10_000) -> None:
        self._per_minute, self._burst, self._max_keys = per_minute, burst, max_keys
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str | None) -> bool:
        """Whether one more event of ``key`` may happen now; always for None."""
        if key is None:
            return True
        with self._lock:
            bucket = self._buckets.setdefault(key, TokenBucket(self._per_minute, self._burst))
            self._buckets.move_to_end(key)
            while len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        return bucket.take()
