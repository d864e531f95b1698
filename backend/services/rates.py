"""How often something may happen."""

from __future__ import annotations

import threading
import time
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
