"""How long operations tell their caller where they are, and are told to stop."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Any, Protocol


class Stage(StrEnum):
    """What the library is doing; the value is what people read, in the command line and on the page alike."""

    DOWNLOAD = "Downloading model"
    ENCODE = "Encoding slices"
    FIT = "Fine-tuning"
    SCORE = "Segmenting slices"
    SOLVE = "Solving the volume"


class Progress(Protocol):
    """Called from the working thread, at least about twice a second where the work allows.

    An implementation may raise :class:`fewshot_sam.errors.OperationCancelled` to stop the work.
    """

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        """``fraction`` is 0 to 1 within the stage and never falls while the stage lasts.

        ``details`` holds ``loss`` (float) and ``step`` (int) while fitting, ``done`` and ``total`` (slices)
        and ``slices_per_s`` (float) while encoding.
        """


def no_progress(stage: Stage, fraction: float, **details: Any) -> None:
    """A :class:`Progress` that does nothing."""


def counted_on(progress: Progress, before: int, total: int) -> Progress:
    """For one of several encodings that count as one: what it tells, with ``before`` slices done of all.

    Example:
        >>> told = lambda stage, fraction, **details: print(stage, fraction, details)
        >>> counted_on(told, before=6, total=10)(Stage.ENCODE, 0.5, done=2, total=4)
        Encoding slices 0.8 {'done': 8, 'total': 10}
    """

    def tell(stage: Stage, fraction: float, **details: Any) -> None:
        done = before + details["done"]
        progress(stage, done / total, **{**details, "done": done, "total": total})

    return tell


class StageTimer:
    """A :class:`Progress` that passes every call on and adds up the seconds of each stage.

    A stage's time runs from each of its calls to the next, so pauses between two stages count for neither.

    Attributes:
        seconds: by stage, in the order in which the stages first came.
    """

    def __init__(self, progress: Progress = no_progress) -> None:
        self.seconds: dict[Stage, float] = {}
        self._progress = progress
        self._last: tuple[Stage, float] | None = None

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        """Count the time since the last call if it was of the same stage."""
        now = time.monotonic()
        elapsed = now - self._last[1] if self._last and self._last[0] == stage else 0.0
        self.seconds[stage] = self.seconds.get(stage, 0.0) + elapsed
        self._last = (stage, now)
        self._progress(stage, fraction, **details)
