"""How services tell the supervisor that there is work, without knowing it."""

from __future__ import annotations

import threading


class JobSignal:
    """A wake-up from any thread; several before it is noticed count as one."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def notify(self) -> None:
        """There is something new to do, or to stop."""
        self._event.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for a wake-up and take it; False if none came in time."""
        notified = self._event.wait(timeout_s)
        self._event.clear()
        return notified
