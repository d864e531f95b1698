"""How long operations tell their caller where they are, and are told to stop."""

from __future__ import annotations

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
