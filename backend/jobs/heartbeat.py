"""A thread of the worker that records, every few seconds, that its process is alive."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)
RENEW_S = 5.0
IDLE_RENEW_S = 30.0


class Heartbeat:
    """Calls ``renew`` in a daemon thread: every RENEW_S while a job runs, else every IDLE_RENEW_S.

    ``renew`` may fail, as when the database is locked; it is called again after RENEW_S.
    """

    def __init__(self, renew: Callable[[], None]) -> None:
        self._renew = renew
        self._changed = threading.Event()
        self._working = False
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def set_working(self, working: bool) -> None:
        """Say whether a job runs, from any thread."""
        if working and not self._working:
            self._changed.set()
        self._working = working

    def _beat(self) -> None:
        logged = False
        while True:
            try:
                self._renew()
                wait_s, logged = RENEW_S if self._working else IDLE_RENEW_S, False
            except Exception:
                if not logged:
                    logger.warning("could not renew the lease; trying again", exc_info=True)
                wait_s, logged = RENEW_S, True
            self._changed.wait(wait_s)
            self._changed.clear()
