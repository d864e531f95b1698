"""Asking now and then whether a running job should stop, beside the thread that does the work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

from fewshot_sam.errors import OperationCancelled

logger = logging.getLogger(__name__)
INTERVAL_S = 0.2


class StopReason(StrEnum):
    """Why a running job should stop."""

    CANCELLED = "cancelled"  # asked for, or what it worked on was deleted
    PREEMPTED = "preempted"  # something more urgent waits; go on later
    OUT_OF_TIME = "out of time"  # the server's limit of a run is reached


class StopWatch:
    """Calls ``ask`` every INTERVAL_S in a thread while the context is open; remembers its first answer.

    The working thread calls :meth:`check`, which costs nothing, at every step.
    """

    def __init__(self, ask: Callable[[], StopReason | None]) -> None:
        self.reason: StopReason | None = None
        self._ask = ask
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stop-watch", daemon=True)

    def __enter__(self) -> StopWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Raise OperationCancelled once there is a reason to stop."""
        if self.reason is not None:
            raise OperationCancelled(self.reason)

    def _watch(self) -> None:
        logged = False
        while self.reason is None and not self._done.wait(INTERVAL_S):
            try:
                self.reason = self._ask()
            except Exception:  # such as a database that is busy for long: ask again
                if not logged:
                    logger.exception("could not ask whether the job should stop; asking again")
                logged = True
