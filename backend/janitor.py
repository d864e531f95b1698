"""The thread that tidies up while the server runs, whether or not anybody asks for something.

Concurrency: everything runs in the one thread; :meth:`Janitor.stop` may be called from any other. A task
that fails is logged and tried again at the next round.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)
INTERVAL_S = 300.0


class Janitor:
    """Runs ``tasks`` one after the other every ``interval_s`` seconds between start and stop."""

    def __init__(self, tasks: Sequence[Callable[[], object]], interval_s: float = INTERVAL_S) -> None:
        self._tasks = tasks
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="janitor", daemon=True)

    def start(self) -> None:
        """Start the thread; the first round comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the task it is at; harmless when repeated or never started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def tidy(self) -> None:
        """One round."""
        for task in self._tasks:
            if self._stopping.is_set():
                return
            try:
                task()
            except Exception:  # such as a database that is busy: the next round does it
                logger.exception("tidying up failed; trying again in %g s", self._interval_s)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self.tidy()
