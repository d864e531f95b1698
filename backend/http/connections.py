"""Connections that send or take nothing are ended, and their number is bounded.

Runs in the server's event loop only. Uvicorn waits for ever for the rest of a request's head or body,
and for a client that does not read its answer; here each phase of a connection has a deadline:

- head: HEAD_S from the first byte (or from connecting) to the end of the request's headers;
- body: some bytes every BODY_IDLE_S, and MIN_BYTES_PER_S on average after that;
- answer: some bytes must be taken every ANSWER_STALLED_S, and MIN_BYTES_PER_S on average after that;
- after an early answer, as "too large": what still arrives is thrown away for DISCARD_S.

While a request is being computed there is no deadline. When the server has as many connections as it
may, one that waits for its client is closed for a new one: of the address with most connections, one
without a request first, then the one whose client has been silent longest. The same goes for memory:
answers that are buffered for slow readers take MAX_UNSENT_BYTES together at most.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
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
        min_bytes_per_s: of a body on average, beyond the first ``body_idle_s``; of an answer too.
        answer_stalled_s: without taking anything of what is buffered for it.
        discard_s: for sending on after the answer was given.
        check_every_s: how often connections are checked.
        max_connections: open at once.
        max_unsent_bytes: of all answers that wait for their readers.
    """

    head_s: float = 30.0
    body_idle_s: float = 60.0
    min_bytes_per_s: float = 1024.0
    answer_stalled_s: float = 120.0
    discard_s: float = 30.0
    check_every_s: float = 2.0
    max_connections: int = 512
    max_unsent_bytes: int = 96 * 1024 * 1024


class ConnectionPhase(Enum):
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
        self._phase = ConnectionPhase.HEAD
        self._since_s = self._last_bytes_s = self.loop.time()
        self._phase_bytes = 0
        self._unsent_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection, for which another that only waits may have to go."""
        super().connection_made(transport)
        if (connection := transport.get_extra_info("socket")) is not None:
            # asyncio does so only where the listening socket names its protocol. Without it the second part
            # of an answer waits 40 ms for the client's system to confirm the first.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        if self._phase is ConnectionPhase.HEAD and self._phase_bytes == 0:
            self._since_s = self.loop.time()  # a kept connection: its next request begins now
        self._phase_bytes += len(data)
        self._last_bytes_s = self.loop.time()
        super().data_received(data)
        self._update_phase()

    def pause_writing(self) -> None:
        """The client takes less than it is sent: bound what is buffered for all such clients."""
        super().pause_writing()
        self._update_phase()
        limit = self.deadlines.max_unsent_bytes
        slow = [other for other in self._others() if other.unsent_bytes]
        unsent = self.unsent_bytes + sum(other.unsent_bytes for other in slow)
        for other in sorted(slow, key=PatientProtocol.silent_since_s):
            if unsent <= limit:
                return
            unsent -= other.unsent_bytes
            other.end()

    @property
    def is_computing(self) -> bool:
        """Whether nothing of the answer is there yet, and the client has sent all that was asked of it."""
        return self._current_phase() is ConnectionPhase.COMPUTING and not self.cycle.response_started

    @property
    def unsent_bytes(self) -> int:
        """What is buffered of its answer."""
        return int(self.transport.get_write_buffer_size())

    def silent_since_s(self) -> float:
        """When its client last sent or took something, by the loop's clock."""
        self._update_phase()
        return self._since_s if self._phase is ConnectionPhase.HEAD else self._last_bytes_s

    def end(self) -> None:
        """Close it at once, whatever is on its way."""
        self.connections.discard(self)
        self.transport.abort()

    def _others(self) -> list[PatientProtocol]:
        return [
            other for other in self.connections if other is not self and isinstance(other, PatientProtocol)
        ]

    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _make_room(self) -> bool:
        """End a connection that waits for its client."""
        others = self._others()
        by_address = Counter(other._address() for other in (self, *others))
        waiting = [other for other in others if not other.is_computing]
        if by_address[self._address()] == max(by_address.values()):  # it has the most: one of its own goes
            waiting = [other for other in waiting if other._address() == self._address()]
        if not waiting:
            return False

        def is_needed(other: PatientProtocol) -> tuple[int, bool, float]:
            holds_request = other._current_phase() is not ConnectionPhase.HEAD
            return -by_address[other._address()], holds_request, other.silent_since_s()

        min(waiting, key=is_needed).end()
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
        elif phase is ConnectionPhase.ANSWER and self.unsent_bytes < self._unsent_bytes:
            self._phase_bytes += self._unsent_bytes - self.unsent_bytes
            self._last_bytes_s = self.loop.time()
        self._unsent_bytes = self.unsent_bytes

    def _current_phase(self) -> ConnectionPhase:
        cycle = self.cycle
        if cycle is None:
            return ConnectionPhase.HEAD
        if not cycle.response_complete:
            if self.flow.write_paused:
                return ConnectionPhase.ANSWER
            # Reading is paused while the application has not taken what came: not the client's fault.
            waits_for_body = cycle.more_body and not self.flow.read_paused
            return ConnectionPhase.BODY if waits_for_body else ConnectionPhase.COMPUTING
        if self.conn.their_state is h11.SEND_BODY:
            return ConnectionPhase.DISCARDING
        return ConnectionPhase.ANSWER if self.flow.write_paused else ConnectionPhase.HEAD

    def _is_overdue(self) -> bool:
        now_s = self.loop.time()
        in_phase_s = now_s - self._since_s
        limits = self.deadlines
        if self._phase is ConnectionPhase.HEAD:
            return in_phase_s > limits.head_s
        if self._phase in (ConnectionPhase.BODY, ConnectionPhase.ANSWER):
            idle_s = limits.body_idle_s if self._phase is ConnectionPhase.BODY else limits.answer_stalled_s
            owed = (in_phase_s - idle_s) * limits.min_bytes_per_s
            return now_s - self._last_bytes_s > idle_s or self._phase_bytes < owed
        return self._phase is ConnectionPhase.DISCARDING and in_phase_s > limits.discard_s


def protocol_class(deadlines: Deadlines) -> type[PatientProtocol]:
    """The protocol with other deadlines, for ``uvicorn.Config(http=...)``."""
    return type("PatientProtocol", (PatientProtocol,), {"deadlines": deadlines})
