"""The server's end of the pipes to its worker.

Concurrency: any thread may ask; one daemon thread a worker reads its answers, and ends with its stdout. A
question is written whole, being shorter than what a pipe takes at once; the supervisor's wake-ups are a byte.
"""

from __future__ import annotations

import itertools
import json
import logging
import threading
from concurrent.futures import Future
from typing import IO, Any

from backend.outlines.errors import OutlineError, WorkerAwayError
from backend.outlines.messages import FAILED, MAX_QUESTION_BYTES, Question, outline_of

logger = logging.getLogger(__name__)


class WorkerLink:
    """Asks the worker that is attached at the moment; :meth:`attach` replaces it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._stdin: IO[bytes] | None = None
        self._stdout: IO[bytes] | None = None
        self._prompts: tuple[str, ...] | None = None
        self._waiting: dict[int, Future[bytes]] = {}

    @property
    def prompts(self) -> tuple[str, ...] | None:
        """Kinds of prompts that the worker answers; None until it has loaded its encoder."""
        return self._prompts

    def attach(self, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        """Ask the worker with these pipes from now on."""
        self.detach()
        with self._lock:
            self._stdin, self._stdout, self._prompts = stdin, stdout, None
        threading.Thread(target=self._read, args=(stdout,), name="outline-answers", daemon=True).start()

    def detach(self) -> None:
        """The worker is gone: who waits for it is told. Harmless when repeated."""
        with self._lock:
            self._stdin = self._stdout = None
            abandoned, self._waiting = list(self._waiting.values()), {}
        for future in abandoned:
            future.set_exception(WorkerAwayError())

    def ask(self, question: Question) -> Future[bytes]:
        """Ask for an outline; see :func:`~backend.outlines.messages.outline_of` for the result.

        The future fails with OutlineError, or with WorkerAwayError if the worker ends before it answers.

        Raises:
            WorkerAwayError: there is no worker that could answer yet.
        """
        future: Future[bytes] = Future()
        future.set_running_or_notify_cancel()  # so that a request that gives up does not cancel it
        with self._lock:
            if self._stdin is None or self._prompts is None:
                raise WorkerAwayError
            number = next(self._numbers)
            line = question.line(number)
            if len(line) > MAX_QUESTION_BYTES:
                raise OutlineError("A prompt must have fewer points. Take the outline, then begin another.")
            try:
                self._stdin.write(line)
            except (OSError, ValueError) as error:  # it just died, or is paused and its pipe is full
                raise WorkerAwayError from error
            self._waiting[number] = future
        return future

    def _read(self, stdout: IO[bytes]) -> None:
        with stdout:
            for line in stdout:
                try:
                    self._take(json.loads(line), stdout)
                except Exception:
                    logger.exception("the worker wrote a line that is no answer")
        if self._stdout is stdout:
            self.detach()

    def _take(self, answer: dict[str, Any], stdout: IO[bytes]) -> None:
        with self._lock:
            if self._stdout is not stdout:
                return
            if "prompts" in answer:
                self._prompts = tuple(map(str, answer["prompts"]))
                return
            future = self._waiting.pop(int(answer["number"]), None)
        if future is None:
            return
        try:
            future.set_result(outline_of(answer))
        except OutlineError as error:
            future.set_exception(error)
        except Exception:
            logger.exception("the worker's outline could not be read")
            future.set_exception(OutlineError(FAILED))
