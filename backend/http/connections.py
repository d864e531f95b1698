"""Connections that send or take nothing are ended, and their number is bounded.

Runs in the server's event loop only. Uvicorn waits for ever for the rest of a request's head or body,
and for a client that does not read its answer; here each phase of a connection has a deadline:

- head: HEAD_S from the first byte (or from connecting) to the end of the request's headers;
- body: some bytes every BODY_IDLE_S, and MIN_BYTES_PER_S on average after that;
- answer: whoever reads must take what is buffered within ANSWER_STALLED_S;
- after an early answer, as "too large": what still arrives is thrown away for DISCARD_S.

While a request is being computed there is no deadline. When the server has as many connections as it
may, the one that has waited longest for a request makes room for a new one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True)
class Deadlines:
    """Seconds a client may take, and how many connections there may be.

    Attributes:
        head_s: for the request line and headers, and before the first request.
        body_idle_s: between two pieces of a body.
        min_bytes_per_s: of a body on average, beyond the first ``body_idle_s``.
        answer_stalled_s: without taking what is buffered for it.
        discard_s: for sending on after the answer was given.
        check_every_s: how often connections are looked at.
        max_connections: open at once.
    """

    head_s: float = 30.0
    body_idle_s: float = 60.0
    min_bytes_per_s: float = 1024.0
    answer_stalled_s: float = 120.0
    discard_s: float = 30.0
    check_every_s: float = 2.0
    max_connections: int = 512


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "head"
    BODY = "body"
    COMPUTING = "computing"
    ANSWER = "answer"
    DISCARDING = "discarding"


class PatientProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol with :class:`Deadlines`; see :func:`protocol_class`."""

    deadlines = Deadlines()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._phase = Phase.HEAD
        self._since_s = self._last_bytes_s = self.loop.time()
        self._phase_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection, for which another that only waits may have to go."""
        super().connection_made(transport)
        if len(self.connections) > self.deadlines.max_connections and not self._make_room():
            transport.abort()
            return
        self._look_again_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking at it."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note that something came, then handle it."""
        self._update_phase()
        if self._phase is Phase.HEAD and self._phase_bytes == 0:
            self._since_s = self.loop.time()  # a kept connection: its next request begins now
        self._phase_bytes += len(data)
        self._last_bytes_s = self.loop.time()
        super().data_received(data)
        self._update_phase()

    @property
    def waiting_since_s(self) -> float | None:
        """Since when the connection waits for a request to be complete, by the loop's clock, or None."""
        self._update_phase()
        return self._since_s if self._phase is Phase.HEAD else None

    def _make_room(self) -> bool:
        """Abort the connection that has waited longest for a request."""
        waiting = [
            (since_s, other)
            for other in self.connections
            if other is not self
            and isinstance(other, PatientProtocol)
            and (since_s := other.waiting_since_s) is not None
        ]
        if not waiting:
            return False
        _, oldest = min(waiting, key=lambda pair: pair[0])
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _look_again_later(self) -> None:
        self._timer = self.loop.call_later(self.deadlines.check_every_s, self._look)

    def _look(self) -> None:
        self._update_phase()
        if self._is_overdue():
            self.transport.abort()
            return
        self._look_again_later()

    def _update_phase(self) -> None:
        phase = self._current_phase()
        if phase is not self._phase:
            self._phase = phase
            self._since_s = self._last_bytes_s = self.loop.time()
            self._phase_bytes = 0

    def _current_phase(self) -> Phase:
        cycle = self.cycle
        if cycle is None:
            return Phase.HEAD
        if not cycle.response_complete:
            if self.flow.write_paused:
                return Phase.ANSWER
            # Reading is paused while the application has not taken what came: not the client's fault.
            waits_for_body = cycle.more_body and not self.flow.read_paused
            return Phase.BODY if waits_for_body else Phase.COMPUTING
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.DISCARDING
        return Phase.ANSWER if self.flow.write_paused else Phase.HEAD

    def _is_overdue(self) -> bool:
        now_s = self.loop.time()
        in_phase_s = now_s - self._since_s
        limits = self.deadlines
        if self._phase is Phase.HEAD:
            return in_phase_s > limits.head_s
        if self._phase is Phase.BODY:
            owed = (in_phase_s - limits.body_idle_s) * limits.min_bytes_per_s
            return now_s - self._last_bytes_s > limits.body_idle_s or self._phase_bytes < owed
        if self._phase is Phase.ANSWER:
            return in_phase_s > limits.answer_stalled_s
        return self._phase is Phase.DISCARDING and in_phase_s > limits.discard_s


def protocol_class(deadlines: Deadlines) -> type[PatientProtocol]:
    """The protocol with other deadlines, for ``uvicorn.Config(http=...)``."""
    return type("PatientProtocol", (PatientProtocol,), {"deadlines": deadlines})
