"""Between server and worker: lines on pipes, turns of owners, and turns at the encoder."""

from __future__ import annotations

import json
import os
import threading
import time
from io import FileIO

import numpy as np
import pytest

from backend.outlines import turns
from backend.outlines.answering import OutlineThread, QuestionQueue
from backend.outlines.errors import OutlineError, WorkerAwayError
from backend.outlines.link import WorkerLink
from backend.outlines.messages import FAILED, Question, outline_line, outline_of
from backend.outlines.turns import EncoderTurns
from fewshot_sam.data.planes import Plane

LATER = time.time() + 86_400  # the last of these tests may run long after they were collected
MASK = np.random.default_rng(0).random((5, 7)) > 0.5


def question(owner: str = "me", index: int = 3, until_s: float = LATER) -> Question:
    return Question(owner, "f" * 32, Plane.CORONAL, index, (1.0, 2.5, 3.0, 4.0), (), until_s)


def pipe() -> tuple[FileIO, FileIO]:
    """The end to read and the end to write."""
    reading, writing = os.pipe()
    return FileIO(reading, "rb"), FileIO(writing, "wb")


def test_a_question_and_an_answer_come_as_they_were_sent() -> None:
    assert Question.read(question().line(7)) == (7, question())
    points = Question("me", "v", Plane.AXIAL, 0, None, ((1.0, 2.0, True), (3.0, 4.0, False)), LATER)
    assert Question.read(points.line(8)) == (8, points)
    bits = outline_of(json.loads(outline_line(7, MASK)))
    np.testing.assert_array_equal(np.unpackbits(np.frombuffer(bits, np.uint8), count=35).reshape(5, 7), MASK)


def test_owners_take_turns() -> None:
    queue = QuestionQueue()
    for number, owner in enumerate(["a", "a", "a", "b", "c"]):
        queue.add(question(owner, number).line(number).decode())
    order = [queue.next() for _ in range(5)]
    assert [(number, asked.owner) for number, asked in order] == [
        (0, "a"), (3, "b"), (4, "c"), (1, "a"), (2, "a"),
    ]  # fmt: skip


def linked(outline=lambda asked: MASK) -> tuple[WorkerLink, FileIO]:  # type: ignore[no-untyped-def]
    """A link to a thread that answers as a worker does, and the worker's stdout."""
    (questions, stdin), (stdout, answers) = pipe(), pipe()
    thread = OutlineThread(outline, answers)

    def listen() -> None:
        for line in questions:
            thread.add(line.decode())

    link = WorkerLink()
    link.attach(stdin, stdout)
    with pytest.raises(WorkerAwayError):
        link.ask(question())  # before it has said which prompts it answers
    threading.Thread(target=listen, daemon=True).start()
    answers.write(b"what a library prints\n{}\n")
    thread.start(("box",))
    deadline = time.monotonic() + 20
    while link.prompts is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return link, answers


def test_questions_are_answered_and_late_ones_are_not_made() -> None:
    made: list[int] = []

    def outline(asked: Question) -> np.ndarray:
        made.append(asked.index)
        if asked.index == 1:
            raise OutlineError("Draw it larger.")
        if asked.index == 2:
            raise KeyError("secret")
        return MASK

    link, _ = linked(outline)
    late = link.ask(question(index=9, until_s=0.0))
    assert link.ask(question()).result(20) == np.packbits(MASK).tobytes()
    with pytest.raises(OutlineError, match=r"Draw it larger\."):
        link.ask(question(index=1)).result(20)
    with pytest.raises(OutlineError, match=FAILED):
        link.ask(question(index=2)).result(20)
    assert (made, late.done()) == ([3, 1, 2], False)


def test_a_worker_that_ends_leaves_nobody_waiting() -> None:
    waits = threading.Event()

    def outline(asked: Question) -> np.ndarray:
        waits.wait(20)
        return MASK

    link, answers = linked(outline)
    future = link.ask(question())
    answers.close()  # as the system does with what a killed process held
    with pytest.raises(WorkerAwayError):
        future.result(20)
    with pytest.raises(WorkerAwayError):
        link.ask(question())
    assert link.prompts == ("box",)  # the next worker's encoder is the same: the tool stays
    link.detach()


def test_a_long_question_is_refused() -> None:
    link, _ = linked()
    points = tuple((1.0 + n, 2.0 / 3.0, True) for n in range(300))
    with pytest.raises(OutlineError, match="must have fewer points"):
        link.ask(Question("me", "v", Plane.AXIAL, 0, None, points, LATER))


def test_a_job_encodes_no_further_slice_while_an_outline_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "REST_S", 0.0)
    order: list[str] = []
    encoder = EncoderTurns()
    encode = encoder.guard(lambda images: order.append(str(images[0])) or images)  # type: ignore[func-returns-value]
    job = threading.Thread(target=lambda: encode(np.array(["job"])))
    with encoder.urgent():
        job.start()
        time.sleep(0.05)
        encode(np.array(["outline"]))
        order.append("decoded")
    job.join(20)
    assert order == ["outline", "decoded", "job"]


def test_a_job_goes_on_although_outlines_are_asked_for_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_S", 0.05)
    encoder = EncoderTurns()
    encode = encoder.guard(lambda images: images)
    done = threading.Event()
    with encoder.urgent():
        threading.Thread(target=lambda: (encode(np.zeros(1)), done.set()), daemon=True).start()
        assert done.wait(20)
