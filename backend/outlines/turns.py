"""Which thread of the worker uses the encoder next: a slice that a person waits for goes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

REST_S = 0.7
"""After an answer the next one is likely to be asked for: a person drags an edge."""
MAX_WAIT_S = 3.0
"""A job's slice waits no longer, however many outlines are asked for."""


class EncoderTurns:
    """Lets one thread encode at a time, and holds back those that no person waits for.

    An encoder is not thread-safe, and a slice cannot be interrupted; a job encodes hundreds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._encoder = threading.Lock()
        self._changed = threading.Condition()
        self._urgent: set[int] = set()  # threads that answer
        self._rests_until = 0.0

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """What this thread does in the context goes before what others encode."""
        with self._changed:
            self._urgent.add(threading.get_ident())
        try:
            yield
        finally:
            with self._changed:
                self._urgent.discard(threading.get_ident())
                self._rests_until = self._clock() + REST_S
                self._changed.notify_all()

    def guard(self, encode: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
        """The same function of (B, 3, H, W) float32 images, in turns."""

        def in_turn(images: np.ndarray) -> np.ndarray:
            if threading.get_ident() not in self._urgent:
                self._give_way()
            with self._encoder:
                return encode(images)

        return in_turn

    def _give_way(self) -> None:
        ends = self._clock() + MAX_WAIT_S
        with self._changed:
            while (now := self._clock()) < ends:
                if not self._urgent and now >= self._rests_until:
                    return
                wait_s = ends - now if self._urgent else min(ends, self._rests_until) - now
                self._changed.wait(wait_s)
