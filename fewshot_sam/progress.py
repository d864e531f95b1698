"""How long operations tell their caller where they are, and are told to stop."""

from __future__ import annotations

from typing import Any, Protocol


class Progress(Protocol):
    """Called from the working thread, at least about twice a second where the work allows.

    An implementation may raise :class:`fewshot_sam.errors.OperationCancelled` to stop the work.
    """

    def __call__(self, stage: str, fraction: float, **details: Any) -> None:
        """``stage`` is a short noun phrase for people, ``fraction`` 0 to 1 within the stage.

        ``details`` may hold ``loss`` (float) and ``step`` (int) while fine-tuning.
        """


def no_progress(stage: str, fraction: float, **details: Any) -> None:
    """A :class:`Progress` that does nothing."""
