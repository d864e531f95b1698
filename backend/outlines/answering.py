"""The worker's end: a thread that outlines what is in boxes, beside the thread that works on jobs.

Concurrency: the listener adds questions, one thread answers them; owners take turns. While one is answered
the job's thread encodes no further slice (:mod:`backend.outlines.turns`), so the answer has the processor.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from io import FileIO

import numpy as np

from backend.outlines.messages import Question, error_line, outline_line, prompts_line
from fewshot_sam.errors import UserError

logger = logging.getLogger(__name__)


class QuestionQueue:
    """Questions that wait, handed out one owner after the other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, deque[tuple[int, Question]]] = OrderedDict()

    def add(self, line: str) -> None:
        """Take in a line of the server, from any thread."""
        number, question = Question.read(line)
        with self._changed:
            self._waiting.setdefault(question.owner, deque()).append((number, question))
            self._changed.notify()

    def next(self) -> tuple[int, Question]:
        """The oldest question of the owner whose turn it is; waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            owner, questions = self._waiting.popitem(last=False)
            found = questions.popleft()
            if questions:
                self._waiting[owner] = questions  # behind the others
            return found


class OutlineThread:
    """Answers questions in a daemon thread.

    Args:
        outline: makes the (rows, columns) bool mask of a question; raises UserError.
        answers: what the server reads; only this thread writes to it once it is started.
    """

    def __init__(self, outline: Callable[[Question], np.ndarray], answers: FileIO) -> None:
        self._outline = outline
        self._answers = answers
        self._questions = QuestionQueue()
        self._thread = threading.Thread(target=self._work, name="outlines", daemon=True)

    def start(self, kinds: tuple[str, ...]) -> None:
        """Say which prompts are answered, and begin."""
        self._answers.write(prompts_line(kinds))
        self._thread.start()

    def add(self, line: str) -> None:
        """Answer a line of the server, from any thread."""
        try:
            self._questions.add(line)
        except Exception:
            logger.exception("a line of the server is no question")

    def _work(self) -> None:
        while True:
            number, question = self._questions.next()
            if time.time() < question.until_s:
                self._send(self._answer(number, question))

    def _send(self, line: bytes) -> None:
        rest = memoryview(line)  # a pipe may take a part of it at a time
        with suppress(OSError, ValueError):  # the server is gone, and this process will be
            while rest:
                rest = rest[self._answers.write(rest) :]

    def _answer(self, number: int, question: Question) -> bytes:
        try:
            return outline_line(number, self._outline(question))
        except UserError as error:
            return error_line(number, str(error))
        except Exception:
            logger.exception("outlining on volume %s failed", question.volume_id)
            return error_line(number)
